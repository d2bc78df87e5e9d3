"""Makes one tiny model with random weights for each architecture of the catalog, and writes what Python says to them.

    python3 -m venv .cache/reference && .cache/reference/bin/pip install torch transformers==5.24.0 sentence-transformers==6.2.0 \
        onnx==1.23.2 onnxruntime==1.30.0
    .cache/reference/bin/python test/models/real/architectures.py ../shared/data [folder of all-mpnet-base-v2]

Each folder of test/fixtures/real-models/random-* is what sentence-transformers saves, but for the weights: those are in
onnx/model.onnx, exported by torch. Vocabularies are cut to what the odd texts have most; the rest of each tokenizer is
the real one (RoBERTa's is learnt from the texts: the real one is not at hand). `random-*.json` has the ids and the vectors
of SentenceTransformer.encode in batches of 16, so that padding takes part.
"""

import collections
import gzip
import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy
import onnxruntime
import tokenizers
import torch
import transformers
from sentence_transformers import SentenceTransformer, models

from reference import FIXTURES, packed, read

PIECES = 300
MOST_TOKENS = 48
HIDDEN = 16


def cut_vocabulary(tokenizer, specials, texts):
    """The tokenizer.json with the special tokens and the pieces that the texts have most, numbered anew."""
    full = tokenizers.Tokenizer.from_str(json.dumps(tokenizer))
    full.no_padding()
    full.no_truncation()
    counts = collections.Counter(piece for text in texts for piece in full.encode(text, add_special_tokens=False).tokens)
    kept = [piece for piece, _ in counts.most_common() if piece not in specials][: PIECES - len(specials)]
    order = [*specials[:-1], *sorted(kept), specials[-1]]
    number = {piece: index for index, piece in enumerate(order)}
    model = tokenizer["model"]
    if model["type"] == "Unigram":
        scores = dict(model["vocab"])
        model["vocab"] = [[piece, scores.get(piece, 0.0)] for piece in order]
        model["unk_id"] = number["<unk>"]
    else:
        model["vocab"] = number
    tokenizer["added_tokens"] = [
        {**token, "id": number[token["content"]]} for token in tokenizer["added_tokens"] if token["content"] in number
    ]
    processor = tokenizer["post_processor"]
    for token in processor.get("special_tokens", {}).values():
        token["ids"] = [number[piece] for piece in token["tokens"]]
    for name in ("sep", "cls"):
        if name in processor:
            processor[name][1] = number[processor[name][0]]
    tokenizer["padding"] = tokenizer["truncation"] = None
    return tokenizer


BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SENTENCE = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def roberta_tokenizer(texts):
    made = tokenizers.ByteLevelBPETokenizer(add_prefix_space=False)
    made.train_from_iterator(texts, vocab_size=PIECES, min_frequency=2, special_tokens=SENTENCE, show_progress=False)
    tokenizer = json.loads(made._tokenizer.to_str())
    tokenizer["post_processor"] = {
        "type": "RobertaProcessing",
        "sep": ["</s>", 2],
        "cls": ["<s>", 0],
        "trim_offsets": True,
        "add_prefix_space": False,
    }
    return tokenizer


def shape(**more):
    return {
        "hidden_size": HIDDEN,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": MOST_TOKENS + 4,
        # Large enough that a wrong position, type or order of layers turns every vector.
        "initializer_range": 0.4,
        **more,
    }


def tiny_models(data, mpnet, texts):
    """(name, tokenizer.json, special tokens by role, model, modules after the transformer)"""
    bert = read(data / "bert.tokenizer.json")
    chinese = read(data / "bert-chinese.tokenizer.json")
    xlm = json.loads(gzip.open(data / "xlm-r.tokenizer.json.gz").read())
    wordpiece = dict(unk_token="[UNK]", sep_token="[SEP]", pad_token="[PAD]", cls_token="[CLS]", mask_token="[MASK]")
    sentence = dict(
        bos_token="<s>", eos_token="</s>", sep_token="</s>", cls_token="<s>", pad_token="<pad>", mask_token="<mask>"
    )
    ids = dict(pad_token_id=1, bos_token_id=0, eos_token_id=2)
    normalize = models.Normalize()
    mean, cls = models.Pooling(HIDDEN, "mean"), models.Pooling(HIDDEN, "cls")
    tokenizer = cut_vocabulary(bert, BERT, texts)
    size = len(tokenizer["model"]["vocab"])
    config = transformers.BertConfig(vocab_size=size, **shape())
    yield "bert", tokenizer, wordpiece, transformers.BertModel(config), [mean, normalize]
    config = transformers.DistilBertConfig(
        vocab_size=size, dim=HIDDEN, n_layers=2, n_heads=2, hidden_dim=32,
        max_position_embeddings=MOST_TOKENS, initializer_range=0.4,
    )
    dense = models.Dense(HIDDEN, 12, activation_function=torch.nn.Tanh())
    yield "distilbert", tokenizer, wordpiece, transformers.DistilBertModel(config), [mean, dense]
    tokenizer = cut_vocabulary(chinese, BERT, texts)
    config = transformers.ErnieConfig(vocab_size=len(tokenizer["model"]["vocab"]), use_task_id=True, **shape())
    yield "ernie", tokenizer, wordpiece, transformers.ErnieModel(config), [mean]
    tokenizer = roberta_tokenizer(texts)
    config = transformers.RobertaConfig(vocab_size=PIECES, type_vocab_size=1, **ids, **shape())
    yield "roberta", tokenizer, {**sentence, "unk_token": "<unk>"}, transformers.RobertaModel(config), [cls, normalize]
    tokenizer = cut_vocabulary(xlm, SENTENCE, texts)
    config = transformers.XLMRobertaConfig(vocab_size=PIECES, type_vocab_size=1, **ids, **shape())
    yield "xlm-roberta", tokenizer, {**sentence, "unk_token": "<unk>"}, transformers.XLMRobertaModel(config), [mean, normalize]
    tokenizer = cut_vocabulary(read(mpnet / "tokenizer.json"), ["<s>", "<pad>", "</s>", "<unk>", "[UNK]", "<mask>"], texts)
    config = transformers.MPNetConfig(vocab_size=len(tokenizer["model"]["vocab"]), **ids, **shape())
    yield "mpnet", tokenizer, {**sentence, "unk_token": "[UNK]"}, transformers.MPNetModel(config), [mean, normalize]


class LastHiddenState(torch.nn.Module):
    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *values):
        return self.model(**dict(zip(self.names, values))).last_hidden_state


def export(model, names, path):
    """As the usual exporters do: every axis but the columns is open."""
    ids = torch.tensor([[5, 6, 7, 8, 9], [6, 7, 8, 1, 1]])
    feeds = [ids, torch.tensor([[1] * 5, [1, 1, 1, 0, 0]]), torch.zeros_like(ids)][: len(names)]
    axes = {name: {0: "batch", 1: "sequence"} for name in [*names, "last_hidden_state"]}
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        LastHiddenState(model, names), tuple(feeds), str(path), input_names=names,
        output_names=["last_hidden_state"], dynamic_axes=axes, opset_version=14, dynamo=False,
    )


def save(name, tokenizer, specials, model, modules, work):
    """A folder of sentence-transformers with an ONNX graph in place of the weights."""
    plain = work / "plain"
    shutil.rmtree(plain, ignore_errors=True)
    model.save_pretrained(plain)
    (plain / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(plain / "tokenizer.json"), model_max_length=MOST_TOKENS, **specials
    )
    made.save_pretrained(plain)
    config = {"attn_implementation": "eager"} if name != "mpnet" else {}
    transformer = models.Transformer(str(plain), max_seq_length=MOST_TOKENS, model_kwargs=config)
    whole = SentenceTransformer(modules=[transformer, *modules], device="cpu")
    folder = FIXTURES / f"random-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    whole.save(str(folder), create_model_card=False)
    (folder / "model.safetensors").unlink()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    if name not in ("bert", "ernie"):
        names.pop()
    export(transformer.auto_model.eval(), names, folder / "onnx" / "model.onnx")
    return whole, folder


def main(data, mpnet):
    texts = read(FIXTURES / "texts.json")
    with tempfile.TemporaryDirectory() as work:
        torch.manual_seed(7)
        for name, tokenizer, specials, model, modules in tiny_models(Path(data), Path(mpnet), texts):
            whole, folder = save(name, tokenizer, specials, model.eval(), modules, Path(work))
            vectors = whole.encode(texts, batch_size=16)
            read_as = whole.tokenizer(texts, truncation=True, max_length=MOST_TOKENS)["input_ids"]
            facts = {
                "model": f"random-{name}",
                "by": f"transformers {transformers.__version__}, torch {torch.__version__}",
                "dimensions": vectors.shape[1],
                "ids": read_as,
                "norms": [round(float(norm), 5) for norm in numpy.linalg.norm(vectors, axis=1)],
                "vectors": packed(vectors),
            }
            path = FIXTURES / f"random-{name}.json"
            path.write_text(json.dumps(facts, separators=(",", ":")) + "\n", encoding="utf-8")
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            print(f"{folder.name}: {size} bytes, answers {path.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(sys.argv[1], sys.argv[2])
