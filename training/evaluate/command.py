"""From options to a report: reads, scores, draws, writes, tells."""

from __future__ import annotations

from console.interrupt import Interrupt
from console.parse import printing
from console.say import say
from segmentation.segmenter import Segmenter
from training.datasets import open_dataset
from training.evaluate.choose import chosen_samples, from_rooms, load_model, unknown_classes
from training.evaluate.options import EvaluateOptions
from training.evaluate.pictures.draw import draw_pictures
from training.evaluate.place import check_folder
from training.evaluate.report.about import counted, describe
from training.evaluate.report.document import evaluation_document
from training.evaluate.report.write import write_report
from training.evaluate.scoring.multi_scale import PASSES, SCALES, multi_scale
from training.evaluate.scoring.score import evaluate
from training.evaluate.show import print_scores, progress
from training.samples.open import warning_of


def run_evaluation(options: EvaluateOptions, interrupt: Interrupt) -> int:
    """See training.evaluate.run."""
    with interrupt.shielded():
        if options.out is not None:
            check_folder(options.out, overwrite=options.overwrite)
        index = open_dataset(options.data, options.dataset, options.depth)
        samples = chosen_samples(index, options)
        segmenter = load_model(options)
        unknown = unknown_classes(index, segmenter, options)
        averaged = multi_scale(segmenter) if options.multi_scale else None
        if warning := warning_of(index):
            say(warning)
        say(f"scoring {counted(len(samples), 'frame')} {passes(options)}, {engine_of(segmenter)}")
        with progress(len(samples), interrupt) as before_each:
            evaluation = evaluate(index, samples, segmenter, before_each=before_each, averaged=averaged)
        about = describe(options, index, segmenter, unknown, is_rooms=from_rooms(index, samples))
        document = evaluation_document(evaluation, segmenter.classes, about)
        if options.out is not None:
            write_report(options.out, document, draw_pictures(evaluation, index, segmenter, document))
        interrupt.check()
    return printing(lambda: print_scores(document, options.out))


def engine_of(segmenter: Segmenter) -> str:
    """Where the network runs, and by what."""
    return f"on {segmenter.device_name} by {segmenter.engine_name}, {segmenter.precision}"


def passes(options: EvaluateOptions) -> str:
    """How often the network runs on each frame, and why."""
    if not options.multi_scale:
        return "with depth and without (2 passes each)"
    longer = (2 + 2 * sum(scale**2 for scale in SCALES)) / 2
    how = f"{2 + PASSES} passes each, which take about {longer:.0f} times as long as without --multi-scale"
    return f"with depth, without, and at {len(SCALES)} scales with their mirror images ({how})"
