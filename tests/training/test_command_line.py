from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from prepared_planes import write_planes

import training.start
from console.exit_codes import exit_code_of
from console.interrupt import Interrupt
from training.command_line import cli, run
from training.options import TrainOptions

ROOT = Path(__file__).resolve().parent.parent.parent
NEEDED = ("--data", "d", "--out", "o")


def parsed(monkeypatch, *arguments: str) -> TrainOptions:
    taken = []
    monkeypatch.setattr(training.start, "start", lambda options, interrupt: taken.append(options) or 0)
    assert run([*NEEDED, *arguments], Interrupt(), 0.0) == 0
    return taken[0]


def refused(*arguments: str) -> tuple[int, str]:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is asked
        run(list(arguments), Interrupt(), 0.0)
    return int(exit_code_of(caught.value)), str(caught.value)


def test_the_defaults(monkeypatch) -> None:
    options = parsed(monkeypatch)
    assert options == TrainOptions(data=Path("d"), out=Path("o"))
    assert options.dataset is None
    assert options.depth == "raw"
    assert options.recipe == "strong"
    assert options.model == "malleable-deresunet-lite"


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("--dataset rooms", "dataset", "rooms"),
        ("--depth refined", "depth", "refined"),
        ("--split train+val", "split", "train+val"),
        ("--model deresunet-r18", "model", "deresunet-r18"),
        ("--network stages=2,1 --network rebalance=no", "network_options", {"stages": (1, 2), "rebalance": False}),
        ("--recipe slides", "recipe", "slides"),
        ("--loss lovasz", "loss", "lovasz"),
        ("--epochs 3", "epochs", 3),
        ("--max-minutes 1.5", "max_minutes", 1.5),
        ("--batch-size 4", "batch_size", 4),
        ("--lr 0.01", "learning_rate", 0.01),
        ("--input-size 160x120", "input_size", (160, 120)),
        ("--encoder-weights none", "encoder_weights", "none"),
        ("--init a.safetensors", "init", "a.safetensors"),
        ("--no-depth", "no_depth", True),
        ("--seed 5", "seed", 5),
        ("--workers 0", "workers", 0),
        ("--cache ram", "cache", "ram"),
        ("--device cpu", "device", "cpu"),
        ("--devices 2", "devices", "2"),
        ("--nodes 4", "nodes", 4),
        ("--strategy ddp", "strategy", "ddp"),
        ("--precision bf16", "precision", "bf16"),
        ("--export fp16", "export", "fp16"),
        ("--validate-every 5", "validate_every", 5),
        ("--limit-train-batches 7", "limit_train_batches", 7),
        ("--limit-val-batches 7", "limit_val_batches", 7),
        ("--resume", "resume", True),
        ("--overwrite", "overwrite", True),
        ("--fast-dev-run", "fast_dev_run", True),
    ],
)
def test_every_option_reaches_the_run(monkeypatch, words, field, value) -> None:
    assert getattr(parsed(monkeypatch, *words.split()), field) == value


def test_no_option_of_a_run_is_without_a_word() -> None:
    import typer

    command = typer.main.get_command(cli)
    assert {parameter.name for parameter in command.params} - {"version"} == set(TrainOptions.__slots__)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--out o", "--data is missing"),
        ("--data d", "--out is missing"),
        ("--data d --out o --model unet", "unknown model 'unet'"),
        ("--data d --out o --network size=3", "--network size: use one of stages, kernels"),
        ("--data d --out o --network kernels=none", "--network kernels=none: give a number from 1"),
        ("--data d --out o --no-depth --network farthest_m=4", "leave out --network farthest_m"),
        ("--data d --out o --recipe weak", "--recipe weak: use one of strong, slides"),
        ("--data d --out o --dataset ade", "--dataset ade: use one of"),
        ("--data d --out o --depth best", "--depth best: use one of raw, refined"),
        ("--data d --out o --split test", "--split test: use one of train, train+val"),
        ("--data d --out o --split train+val --recipe slides", "leaves no validation loss, by which slides lowers"),
        ("--data d --out o --model a/best.safetensors", "to start from that file, add --init a/best.safetensors"),
        ("--data d --out o --resume --fast-dev-run", "tries out a beginning: leave out --resume"),
        ("--data d --out o --loss dice", "--loss dice: use one of ce, lovasz, jaccard"),
        ("--data d --out o --precision int8", "--precision int8"),
        ("--data d --out o --device tpu", "--device tpu"),
        ("--data d --out o --devices some", "--devices some"),
        ("--data d --out o --devices 0", "--devices 0"),
        ("--data d --out o --epochs 0", "--epochs 0: must be at least 1"),
        ("--data d --out o --batch-size -1", "--batch-size -1"),
        ("--data d --out o --workers -1", "--workers -1: must be at least 0"),
        ("--data d --out o --lr 0", "--lr 0: give a number above 0"),
        ("--data d --out o --lr nan", "--lr nan"),
        ("--data d --out o --max-minutes -3", "--max-minutes -3"),
        ("--data d --out o --input-size big", "--input-size big: write it as 640x480"),
        ("--data d --out o --input-size 16x16", "must be at least 32"),
        ("--data d --out o --resume --overwrite", "--resume goes on with what --overwrite would delete"),
        ("--data d --out o --init a --encoder-weights download", "leave out --encoder-weights"),
        ("--nonsense", "No such option"),
        ("--data d rooms --out o --count 3", "--data has no meaning for rooms"),
        ("prepare --dataset sunrgbd --out o", "Missing option '--source'"),
        ("prepare --dataset ade --source s --out o", "--dataset ade: choose from sunrgbd, nyuv2, cityscapes"),
        ("prepare --dataset rooms --source s --out o", "rgbd-train rooms writes them prepared"),
        ("prepare --dataset nyuv2 --source s --out o --classes 12", "--classes: nyuv2 has 40 or 37 or 13, not 12"),
        ("prepare --dataset sunrgbd --source s --out o --workers 0", "--workers: expected 1 or more, got 0"),
        ("prepare --dataset sunrgbd --source s --out ./s", "--out: s is --source itself"),
        ("ablate --data d --out o --host vgg", "--host vgg: use one of deresunet-lite"),
        ("export --out o.onnx", "Missing option '--to'"),
        ("export --to caffe --out o.onnx", "--to caffe: use one of onnx, tensorrt"),
        ("export --to onnx --out o.pb", "--out o.pb: name it o.onnx"),
        ("export --to onnx --out o.onnx --precision int8", "--precision int8: use one of fp32, fp16"),
        ("export --to onnx --out o.onnx --size big", "--size big: write it as 640x480"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_exit_code_2(words, said) -> None:
    code, message = refused(*words.split())
    assert code == 2
    assert said in message
    assert "\n" not in message.strip()


@pytest.mark.parametrize(
    ("command", "module", "fields"),
    [
        ("rooms --out o --count 9 --seed 4 --frames-per-room 3 --size 64x48 --workers 2 --layout sunrgbd "
         "--val-share 0.2",
         "training.rooms_command", {"count": 9, "seed": 4, "frames_per_room": 3, "size": (64, 48), "workers": 2,
                                    "layout": "sunrgbd", "val_share": 0.2}),
        ("evaluate --data d --model m --dataset rooms --depth refined --out o --split test --device cpu --limit 3 "
         "--multi-scale --overwrite",
         "training.evaluate", {"model": "m", "dataset": "rooms", "depth": "refined", "out": Path("o"), "split": "test",
                               "device": "cpu", "limit": 3, "multi_scale": True, "overwrite": True}),
        ("preview --data d --out o.png --dataset rooms --depth refined --recipe slides --count 4 --epochs 2 --seed 7 "
         "--input-size 64x48 --overwrite",
         "training.preview", {"data": Path("d"), "out": Path("o.png"), "dataset": "rooms", "depth": "refined",
                              "recipe": "slides", "count": 4, "epochs": 2, "seed": 7, "input_size": (64, 48),
                              "overwrite": True}),
        ("export --model m --to onnx --out o.onnx --precision fp16 --size 64x48 --overwrite",
         "training.export", {"model": "m", "to": "onnx", "out": Path("o.onnx"), "precision": "fp16", "size": (64, 48),
                             "overwrite": True, "report": Path("o.onnx.parity.json")}),
    ],
)  # fmt: skip
def test_sub_commands_get_their_options(monkeypatch, command, module, fields) -> None:
    taken = []
    monkeypatch.setattr(f"{module}.run", lambda options, interrupt: taken.append(options) or 0)
    assert run(command.split(), Interrupt(), 0.0) == 0
    assert {name: getattr(taken[0], name) for name in fields} == fields


def test_without_the_extra_the_cure_is_one_line_and_exit_code_5(monkeypatch) -> None:
    monkeypatch.setattr(training.start, "NEEDED", ("no_such_library", "torch"))
    code, message = refused(*NEEDED)
    assert code == 5
    assert message.startswith("training needs no_such_library, which is not installed: run make setup")


def test_help_does_not_wait_for_torch() -> None:
    script = (
        "import sys\nfrom training.main import main\ncode = main(['--help'])\n"
        "heavy = {'torch', 'pytorch_lightning', 'cv2', 'albumentations'}\n"
        "print(code, sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stderr.strip() == "0 []"
    for word in ("--recipe", "--encoder-weights", "--resume", "rooms", "evaluate", "preview"):
        assert word in done.stdout


def test_help_marks_what_a_training_needs_as_sub_commands_do(capsys) -> None:
    assert run(["--help"], Interrupt(), 0.0) == 0
    lines = capsys.readouterr().out
    for option, following in (("--data ", "--dataset "), ("--out ", "--resume ")):
        assert "[required]" in lines[lines.index(option) : lines.index(following)]
    assert lines.count("[required]") == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--data nowhere", "nowhere: no such folder"),
        ("--data DATA --dataset cityscapes", "holds rooms, not cityscapes"),
        ("--data ONLY_TRAIN", "has no samples of the val split"),
        ("--data DATA --out USED", "last.ckpt exists: go on with it by --resume, or replace it by --overwrite"),
        ("--data DATA --init deresunet-r50", "--init deresunet-r50: no weights come with the program"),
        ("--data DATA --init none.safetensors", "--init: model file not found: none.safetensors"),
        ("--data DATA --encoder-weights none.pth", "--encoder-weights: file not found: none.pth"),
    ],
)
def test_a_refusal_for_what_lies_on_disk_does_not_wait_for_torch(tmp_path: Path, words: str, said: str) -> None:
    places = {
        "DATA": write_planes(tmp_path / "data", splits=("train", "train", "val"), dataset="rooms").root,
        "ONLY_TRAIN": write_planes(tmp_path / "train", splits=("train", "train")).root,
        "USED": tmp_path / "used",
    }
    places["USED"].mkdir()
    (places["USED"] / "last.ckpt").touch()
    arguments = ["--out", str(tmp_path / "run"), *(str(places.get(word, word)) for word in words.split())]
    script = (
        f"import sys\nfrom training.main import main\ncode = main({arguments!r})\n"
        "print(code, sorted({'torch', 'pytorch_lightning', 'albumentations'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert said in done.stderr
    assert done.stdout.strip() in ("2 []", "3 []")
    assert not (tmp_path / "run").exists()
