// What a request may hold, by the service's schema: member names, types and words of enums. Data only.
//
// From the discovery document v1beta, revision of 2026-08-22, of GenerateContentRequest, EmbedContentRequest and all
// they reach; tests/wire compares them with the document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace batchctl {

enum class MessageId : std::uint8_t {
  GenerateContentRequest,
  EmbedContentRequest,
  Content,
  GenerationConfig,
  SafetySetting,
  ToolConfig,
  Tool,
  EmbedContentConfig,
  Part,
  AudioTranscriptionConfig,
  ImageConfig,
  ResponseFormatConfig,
  Schema,
  SpeechConfig,
  ThinkingConfig,
  TranslationConfig,
  FunctionCallingConfig,
  RetrievalConfig,
  CodeExecution,
  ComputerUse,
  FileSearch,
  FunctionDeclaration,
  GoogleMaps,
  GoogleSearch,
  GoogleSearchRetrieval,
  McpServer,
  UrlContext,
  CodeExecutionResult,
  ExecutableCode,
  FileData,
  FunctionCall,
  FunctionResponse,
  Blob,
  V1mainMediaResolution,
  ToolCall,
  ToolResponse,
  VideoMetadata,
  LanguageAuto,
  LanguageHints,
  AudioResponseFormat,
  ImageResponseFormat,
  TextResponseFormat,
  MultiSpeakerVoiceConfig,
  VoiceConfig,
  LatLng,
  SearchTypes,
  Interval,
  DynamicRetrievalConfig,
  StreamableHttpTransport,
  FunctionResponsePart,
  SpeakerVoiceConfig,
  PrebuiltVoiceConfig,
  ImageSearch,
  WebSearch,
  FunctionResponseBlob,
};

struct MemberType {
  enum class Kind : std::uint8_t {
    any,  // any JSON
    text,
    bytes,  // base64
    boolean,
    int32,     // a number, or the same as text
    int64,     // the same
    number,    // the same
    word,      // one of `words`
    duration,  // `3.5s`
    time,      // RFC 3339
    message
  };
  enum class Shape : std::uint8_t { one, list, map };

  Kind kind = Kind::any;
  Shape shape = Shape::one;
  MessageId message{};
  std::span<const std::string_view> words{};
};

struct MemberSchema {
  std::string_view name;  // camelCase
  MemberType type;
};

struct MessageSchema {
  std::string_view name;
  std::span<const MemberSchema> members;
};

const MessageSchema& schema_of(MessageId message);
inline constexpr std::size_t kMessages = 55;

}  // namespace batchctl
