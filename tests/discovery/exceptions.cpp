#include "discovery/exceptions.hpp"

#include <nlohmann/json.hpp>

namespace batchctl::discovery {
namespace {

// The sections are those of CONTRACT.md.
constexpr Exception kExceptions[] = {
    {"GenerateContentBatch", "webhookConfig", Exception::Kind::unlisted,
     "the official SDKs send it; the revision of 2026-08-22 does not list it (3.1)"},
    {"GenerateContentBatch", "model", Exception::Kind::omitted, "the URL names it; no sample sends it (3.1)"},
    {"EmbedContentBatch", "model", Exception::Kind::omitted, "the URL names it; no sample sends it (3.3)"},
    {"GenerateContentRequest", "model", Exception::Kind::omitted, "no sample line has it (4.1)"},
    {"EmbedContentRequest", "model", Exception::Kind::omitted, "no sample line has it (3.3)"},
    {"EmbedContentResponse", "tokenCount", Exception::Kind::unlisted,
     "captured in output lines, as text (output_lines.json, 3.3)"},
    {"InputEmbedContentConfig", "file_name", Exception::Kind::unlisted,
     "@google/genai spells it so; ProtoJSON takes either spelling (1.3)"},
    {"File", "mimeType", Exception::Kind::sent, "the guide's uploads and the SDKs send it (2.1)"},
    {"File", "sizeBytes", Exception::Kind::sent, "the SDKs send it (2.1)"},
};

constexpr const char* kSupplement = R"({
  "ErrorEnvelope": {"type": "object", "properties": {"error": {"$ref": "#/components/schemas/HttpError"}}},
  "HttpError": {"type": "object", "properties": {
    "code": {"type": "integer", "format": "int32"},
    "message": {"type": "string"},
    "status": {"type": "string", "enum": ["CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
      "ALREADY_EXISTS", "PERMISSION_DENIED", "UNAUTHENTICATED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
      "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"]},
    "details": {"type": "array", "items": {"type": "object", "additionalProperties": {"description": "@type"}}}}},
  "ErrorInfo": {"type": "object", "properties": {
    "reason": {"type": "string"},
    "domain": {"type": "string"},
    "metadata": {"type": "object", "additionalProperties": {"type": "string"}}}},
  "RetryInfo": {"type": "object", "properties": {"retryDelay": {"type": "string", "format": "google-duration"}}},
  "Help": {"type": "object", "properties": {
    "links": {"type": "array", "items": {"$ref": "#/components/schemas/HelpLink"}}}},
  "HelpLink": {"type": "object", "properties": {"description": {"type": "string"}, "url": {"type": "string"}}},
  "QuotaFailure": {"type": "object", "properties": {
    "violations": {"type": "array", "items": {"$ref": "#/components/schemas/QuotaViolation"}}}},
  "QuotaViolation": {"type": "object", "properties": {
    "quotaMetric": {"type": "string"},
    "quotaId": {"type": "string"},
    "quotaDimensions": {"type": "object", "additionalProperties": {"type": "string"}},
    "quotaValue": {"type": "string", "format": "int64"}}}
})";

}  // namespace

std::span<const Exception> exceptions() { return kExceptions; }

const nlohmann::json& supplement() {
  static const nlohmann::json schemas = nlohmann::json::parse(kSupplement);
  return schemas;
}

}  // namespace batchctl::discovery
