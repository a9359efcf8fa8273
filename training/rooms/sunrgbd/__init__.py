"""Rooms in the official folder layout of SUN RGB-D, with the toolbox's files: to exercise a reader of the real one.

    DIR/SUNRGBD/{kv1,kv2,realsense,xtion}/rooms/NAME/   image/ depth/ depth_bfx/ extrinsics/ intrinsics.txt scene.txt
    DIR/SUNRGBDtoolbox/Metadata/                        SUNRGBD2Dseg.mat SUNRGBDMeta.mat
    DIR/SUNRGBDtoolbox/traintestSUNRGBD/allsplit.mat
    DIR/toolbox_labels/NAME.png                         ours: what SUNRGBD2Dseg.mat is made from

Of the real one are left out: fullres/, seg.mat and the annotation folders of each sample.
Source of the layout: files of SUN RGB-D v1 itself (two samples and the split), and what its public readers expect.
"""
