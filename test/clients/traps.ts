/**
 * What each page's warnings claim, tried: lines that run after a client's program, in the same process, and leave
 * their finding in `trap`.
 */
export const TRAPS = {
  /** OpenAI's vocabulary is fetched at run time, so bytes stand for it: what counts is that ids are sent. */
  langChain: `
import tiktoken
bytewise = tiktoken.Encoding("bytewise", pat_str=r".+", mergeable_ranks={bytes([i]): i for i in range(256)}, special_tokens={})
tiktoken.encoding_for_model = tiktoken.get_encoding = lambda name: bytewise
try:
    trap = OpenAIEmbeddings(base_url="http://localhost:3000/v1", api_key="none", model="jobs-static").embed_query("nurse")
except Exception as error:
    trap = str(error)
`,
  langChainTs: `
const [trap] = await embeddings.embedDocuments(['data\\nengineer'])
`,
  openAi: `
let trap
await client.embeddings.create({ model: 'text-embedding-3-small', input: 'nurse' }).catch((error) => { trap = error.status })
`,
  openAiBase64: `
import httpx
sent = []
watched = httpx.Client(event_hooks={"request": [lambda request: sent.append(request.content.decode())]})
OpenAI(base_url="http://localhost:3000/v1", api_key="none", http_client=watched).embeddings.create(model="jobs-static", input="nurse")
import json
trap = json.loads(sent[0])["encoding_format"]
`,
  llamaIndex: `
from llama_index.embeddings.openai import OpenAIEmbedding
try:
    trap = OpenAIEmbedding(model="jobs-static", api_base="http://localhost:3000/v1", api_key="none").get_text_embedding("nurse")
except Exception as error:
    trap = type(error).__name__
`,
  textEmbeddingsInference: `
trap = TextEmbeddingsInference(base_url="http://localhost:3000", model_name="no-such-model").get_text_embedding("护士")
`,
  haystack: `
from haystack import Document
from haystack.components.embedders import OpenAIDocumentEmbedder
failing = OpenAIDocumentEmbedder(api_base_url="http://localhost:3000/v1", api_key=Secret.from_token("none"), model="no-such-model")
trap = [document.embedding for document in failing.run([Document(content="nurse")])["documents"]]
`,
  chroma: `
class Own:
    def __call__(self, texts):
        return embed(texts)
try:
    trap = str(chromadb.EphemeralClient().create_collection("own", embedding_function=Own()))
except ValueError as error:
    trap = str(error)
`,
  qdrant: `
client.upsert("jobs", [models.PointStruct(id=3, vector=[0.0] * 256)])
scores = [point.score for point in client.query_points("jobs", query=embed(["nurse"])[0], limit=3).points if point.id == 3]
raw = OpenAI(base_url="http://localhost:3000/v1", api_key="none").embeddings.with_raw_response
answer = raw.create(model="jobs-static", input=["😀", "nurse"])
trap = [scores, any(answer.parse().data[0].embedding), answer.headers["x-unknown-inputs"]]
`,
  pgvector: `
def plan(operator):
    question = f"EXPLAIN SELECT title FROM jobs ORDER BY embedding {operator} %s LIMIT 2"
    return " ".join(line for line, in db.execute(question, (embed(["nurse"])[0],)).fetchall())
db.execute("INSERT INTO jobs VALUES ('nothing', %s)", (numpy.zeros(256),))
db.execute("SET enable_seqscan = off")
distance = db.execute("SELECT '[0,0]'::vector <=> '[1,0]'::vector").fetchone()[0]
indexed = db.execute("SELECT title FROM jobs ORDER BY embedding <=> %s", (embed(["nurse"])[0],)).fetchall()
trap = ["Index Scan" in plan("<=>"), "Index Scan" in plan("<->"), distance != distance, len(indexed)]
`,
} as const
