// The kinds of lines that jobs put out, for record `record`.
#pragma once

#include <cstdint>
#include <string>

namespace batchctl::test {

inline std::string output_key(std::int64_t record) { return "\"key\":\"r" + std::to_string(record) + "\"}"; }

inline std::string answered(std::int64_t record, const std::string& text, const std::string& reason = "STOP") {
  return R"({"response":{"candidates":[{"content":{"parts":[{"text":")" + text +
         R"("}],"role":"model"},"finishReason":")" + reason +
         R"(","index":0}],"usageMetadata":{"promptTokenCount":12,"candidatesTokenCount":40,"totalTokenCount":52},)" +
         R"("modelVersion":"gemini-2.5-flash"},)" + output_key(record);
}

inline std::string failed(std::int64_t record, int code, const std::string& message) {
  return R"({"error":{"code":)" + std::to_string(code) + R"(,"message":")" + message + R"("},)" + output_key(record);
}

}  // namespace batchctl::test
