"""RealSense recordings: .bag and .db3 read without the SDK or with it, bit-identical; .db3 written."""
