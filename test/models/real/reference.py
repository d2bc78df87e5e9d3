"""Writes what Python says to the texts of test/fixtures/real-models/texts.json: ids and vectors, a file for each model,
and the canaries of those models into the catalog.

    python3 -m venv .cache/reference && .cache/reference/bin/pip install numpy==2.4.6 onnxruntime==1.30.0 tokenizers==0.23.3
    .cache/reference/bin/python test/models/real/reference.py ../shared/models all-MiniLM-L6-v2 bge-small-en-v1.5 bge-small-zh-v1.5

Nothing of the project's code takes part: the tokenizers library, onnxruntime, and the pooling of sentence-transformers
written out. A text runs alone, since int8 depends on its neighbours. The manifest says only what sentence-transformers reads
from the model's own files: the maximum, the pooling, and whether texts are put into lower case.
"""

import base64
import json
import sys
from pathlib import Path

import numpy
import onnxruntime
import tokenizers

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "test" / "fixtures" / "real-models"
STEPS = 32767
CATALOG = ROOT / "src/models/catalog/catalog.json"
CANARIES = {"en": ["hello world", "Senior Java Developer (m/f/d) – Berlin"], "zh": ["hello world", "高级Java工程师"]}
CANARY_VALUES = 16


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def packed(vectors):
    """Each vector as 16-bit integers of its own scale: a cosine of 1 - 1e-9 to what it was, at half the bytes."""
    scales = numpy.abs(vectors).max(axis=1, keepdims=True)
    codes = numpy.rint(vectors / scales * STEPS).astype("<i2")
    return base64.b64encode(codes.tobytes()).decode("ascii")


def pool(hidden, how):
    """One text alone has no padding: the mean is that of all tokens."""
    if how == "cls":
        return hidden[0, 0]
    if how == "mean":
        return hidden[0].mean(axis=0)
    raise SystemExit(f"no pooling {how} here")


def embed(folder, manifest, texts):
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / manifest["tokenizer"]))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=manifest["maxTokens"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / manifest["graph"]), options)
    names = [entry.name for entry in session.get_inputs()]
    ids, vectors = [], []
    for text in texts:
        encoded = tokenizer.encode(text.lower() if manifest.get("lowercase") else text)
        feeds = {
            "input_ids": [encoded.ids],
            "attention_mask": [encoded.attention_mask],
            "token_type_ids": [encoded.type_ids],
        }
        feeds = {name: numpy.array(feeds[name], dtype=numpy.int64) for name in names}
        vector = pool(session.run(["last_hidden_state"], feeds)[0], manifest["pooling"])
        ids.append(encoded.ids)
        vectors.append(vector / numpy.linalg.norm(vector))
    return ids, numpy.array(vectors)


def canaries(texts, vectors, language):
    """The first values of some vectors, as the catalog keeps them to prove a deployment."""
    return [
        {"text": text, "values": [round(float(value), 6) for value in vectors[texts.index(text)][:CANARY_VALUES]]}
        for text in CANARIES[language]
    ]


def main(models, names):
    texts = read(FIXTURES / "texts.json")
    catalog = read(CATALOG)
    for name in names:
        manifest = next(entry for entry in catalog if entry["id"] == name)
        ids, vectors = embed(Path(models) / name, manifest, texts)
        manifest["canaries"] = canaries(texts, vectors, manifest["languages"][0])
        facts = {
            "model": name,
            "revision": manifest["revision"],
            "by": f"onnxruntime {onnxruntime.__version__}, tokenizers {tokenizers.__version__}",
            "dimensions": vectors.shape[1],
            "ids": ids,
            "vectors": packed(vectors),
        }
        path = FIXTURES / f"{name}.json"
        path.write_text(json.dumps(facts, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes, {vectors.shape[0]} texts")
    CATALOG.write_text(json.dumps(catalog, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(sys.argv[1], sys.argv[2:])
