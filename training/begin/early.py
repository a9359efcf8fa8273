"""What a run can be refused for in a moment, before seconds of loading torch and Lightning."""

from __future__ import annotations

from training.begin.files import check_encoder_file, init_file
from training.first_process import is_first_process
from training.options import TrainOptions
from training.outputs import check_folder
from training.samples.open import open_dataset, samples_to_train, samples_to_validate


def refuse_early(options: TrainOptions) -> None:
    """Raise what training itself would raise for the folders and files that the options name.

    The run asks the same functions again when it uses what they find: nothing is handed over, and this may be left out.
    """
    index = open_dataset(options.data, options.dataset, options.depth)
    samples_to_train(index, validates=options.validates)
    if options.validates:
        samples_to_validate(index)
    again = options.resume or not is_first_process()  # the first process may have written there already
    check_folder(options.out, resume=again, overwrite=options.overwrite)
    if not options.resume:  # which takes its weights from the run it goes on with
        check_encoder_file(options.encoder_weights)
        if options.init is not None:
            init_file(options.init)
