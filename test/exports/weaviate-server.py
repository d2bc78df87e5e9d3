"""A stand-in for Weaviate, which no registry offers as a program: it takes what its documents say of these requests and
refuses the rest. Prints "READY http-port,grpc-port"."""

import json
import math
import struct
import uuid
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from weaviate.proto.v1 import (
    aggregate_pb2,
    base_pb2,
    batch_pb2,
    health_weaviate_pb2,
    properties_pb2,
    search_get_pb2,
    weaviate_pb2_grpc,
)

# What a server adds to a schema where a caller is silent, as its reference lists it.
PROPERTY = {"indexFilterable": True, "indexSearchable": True}
HNSW = {"cleanupIntervalSeconds": 300, "dynamicEfMin": 100, "dynamicEfMax": 500, "dynamicEfFactor": 8, "ef": -1}
HNSW |= {"efConstruction": 128, "flatSearchCutoff": 40000, "maxConnections": 32, "skip": False}
HNSW |= {"vectorCacheMaxObjects": 1_000_000_000_000}
RESERVED = ("id", "vector", "_id", "_additional")
classes = {}
rows = {}


class Rest(BaseHTTPRequestHandler):
    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        name = self.path.removeprefix("/v1/schema/")
        if self.path == "/v1/meta":
            return self.answer(200, {"version": "1.29.0", "modules": {}, "hostname": "", "grpcMaxMessageSize": 104858000})
        if self.path == "/v1/.well-known/ready":
            return self.answer(200, {})
        return self.answer(200, classes[name]) if name in classes else self.answer(404, {})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path != "/v1/schema":
            return self.answer(404, {})
        [[_, settings]] = body["vectorConfig"].items()
        names = [one["name"] for one in body["properties"]]
        if settings["vectorizer"] != {"none": {}} or settings["vectorIndexType"] != "hnsw":
            return self.answer(422, {"error": [{"message": "the stand-in takes vectors that callers bring"}]})
        if settings["vectorIndexConfig"]["distance"] != "cosine" or any(name in RESERVED for name in names):
            return self.answer(422, {"error": [{"message": f"refused: {body}"}]})
        settings["vectorIndexConfig"] = HNSW | settings["vectorIndexConfig"]
        body["properties"] = [PROPERTY | one for one in body["properties"]]
        classes[body["class"]] = body
        rows[body["class"]] = {}
        self.answer(200, body)

    def log_message(self, *_):
        pass


def floats_of(message):
    content = message.vectors[0].vector_bytes if message.vectors else message.vector_bytes
    return struct.unpack(f"<{len(content) // 4}f", content)


def cosine(one, other):
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    return dot / math.sqrt(sum(a * a for a in one) * sum(b * b for b in other))


class Grpc(weaviate_pb2_grpc.WeaviateServicer):
    def BatchObjects(self, request, context):
        errors = []
        for index, one in enumerate(request.objects):
            values = dict(one.properties.non_ref_properties)
            for array in one.properties.ListFields():
                assert array[0].name == "non_ref_properties", array[0].name
            refused = next((name for name in values if name in RESERVED), None)
            # Seen with 1.27: a vector without the name of its index is taken and never found.
            if not refused and [vector.name for vector in one.vectors] != ["default"]:
                message = "the vector has not the name default"
                errors.append(batch_pb2.BatchObjectsReply.BatchError(index=index, error=message))
            elif refused:
                message = f"'{refused}' is a reserved property name"
                errors.append(batch_pb2.BatchObjectsReply.BatchError(index=index, error=message))
            else:
                rows[one.collection][str(uuid.UUID(one.uuid))] = (values, floats_of(one))
        return batch_pb2.BatchObjectsReply(took=0.1, errors=errors)

    def Search(self, request, context):
        asked = request.near_vector
        condition = request.filters
        assert condition.operator == base_pb2.Filters.OPERATOR_EQUAL and request.metadata.distance
        name, wanted = condition.target.property, condition.value_text
        [field] = [one for one in classes[request.collection]["properties"] if one["name"] == name]
        assert field["dataType"] == ["text"] and field["tokenization"] == "field", field
        question = floats_of(asked)
        found = [
            (1 - cosine(vector, question), key, values)
            for key, (values, vector) in rows[request.collection].items()
            if values.get(name) == wanted
        ]
        reply = search_get_pb2.SearchReply(took=0.1)
        for distance, key, values in sorted(found, key=lambda one: one[0])[: request.limit]:
            result = reply.results.add()
            result.metadata.id = key
            result.metadata.distance = distance
            result.metadata.distance_present = True
            result.properties.target_collection = request.collection
            for property_name, value in values.items():
                kind = properties_pb2.Value(text_value=value) if isinstance(value, str) else properties_pb2.Value(number_value=value)
                result.properties.non_ref_props.fields[property_name].CopyFrom(kind)
        return reply

    def Aggregate(self, request, context):
        single = aggregate_pb2.AggregateReply.Single(objects_count=len(rows[request.collection]))
        return aggregate_pb2.AggregateReply(took=0.1, single_result=single)


class Health(grpc.GenericRpcHandler):
    def service(self, details):
        if details.method != "/grpc.health.v1.Health/Check":
            return None
        serving = health_weaviate_pb2.WeaviateHealthCheckResponse(status=1)
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: serving,
            response_serializer=lambda message: message.SerializeToString(),
        )


server = grpc.server(futures.ThreadPoolExecutor(4))
weaviate_pb2_grpc.add_WeaviateServicer_to_server(Grpc(), server)
server.add_generic_rpc_handlers((Health(),))
grpc_port = server.add_insecure_port("127.0.0.1:0")
server.start()
rest = ThreadingHTTPServer(("127.0.0.1", 0), Rest)
print(f"READY {rest.server_address[1]},{grpc_port}", flush=True)
rest.serve_forever()
