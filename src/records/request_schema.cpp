#include "records/request_schema.hpp"

#include <array>

namespace batchctl {

namespace {

using Kind = MemberType::Kind;
using Shape = MemberType::Shape;
using Words = std::span<const std::string_view>;

constexpr MemberType one_of(Words list, Shape shape = Shape::one) { return {Kind::word, shape, {}, list}; }

constexpr std::string_view kGenerateContentRequestServiceTier[] = {"unspecified", "standard", "flex", "priority"};
constexpr std::string_view kEmbedContentRequestTaskType[] = {
    "TASK_TYPE_UNSPECIFIED", "RETRIEVAL_QUERY",   "RETRIEVAL_DOCUMENT",
    "SEMANTIC_SIMILARITY",   "CLASSIFICATION",    "CLUSTERING",
    "QUESTION_ANSWERING",    "FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY"};
constexpr std::string_view kGenerationConfigMediaResolution[] = {"MEDIA_RESOLUTION_UNSPECIFIED", "MEDIA_RESOLUTION_LOW",
                                                                 "MEDIA_RESOLUTION_MEDIUM", "MEDIA_RESOLUTION_HIGH"};
constexpr std::string_view kGenerationConfigResponseModalities[] = {"MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO",
                                                                    "VIDEO"};
constexpr std::string_view kSafetySettingCategory[] = {"HARM_CATEGORY_UNSPECIFIED",
                                                       "HARM_CATEGORY_DEROGATORY",
                                                       "HARM_CATEGORY_TOXICITY",
                                                       "HARM_CATEGORY_VIOLENCE",
                                                       "HARM_CATEGORY_SEXUAL",
                                                       "HARM_CATEGORY_MEDICAL",
                                                       "HARM_CATEGORY_DANGEROUS",
                                                       "HARM_CATEGORY_HARASSMENT",
                                                       "HARM_CATEGORY_HATE_SPEECH",
                                                       "HARM_CATEGORY_SEXUALLY_EXPLICIT",
                                                       "HARM_CATEGORY_DANGEROUS_CONTENT",
                                                       "HARM_CATEGORY_CIVIC_INTEGRITY",
                                                       "HARM_CATEGORY_JAILBREAK"};
constexpr std::string_view kSafetySettingThreshold[] = {"HARM_BLOCK_THRESHOLD_UNSPECIFIED",
                                                        "BLOCK_LOW_AND_ABOVE",
                                                        "BLOCK_MEDIUM_AND_ABOVE",
                                                        "BLOCK_ONLY_HIGH",
                                                        "BLOCK_NONE",
                                                        "OFF"};
constexpr std::string_view kPartMediaProcessing[] = {"MEDIA_PROCESSING_UNSPECIFIED", "STATIC", "AGENTIC"};
constexpr std::string_view kAudioTranscriptionConfigMode[] = {"MODE_UNSPECIFIED", "VERBATIM", "SMART"};
constexpr std::string_view kSchemaType[] = {"TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER",
                                            "BOOLEAN",          "ARRAY",  "OBJECT", "NULL"};
constexpr std::string_view kThinkingConfigThinkingLevel[] = {"THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM",
                                                             "HIGH"};
constexpr std::string_view kFunctionCallingConfigMode[] = {"MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"};
constexpr std::string_view kComputerUseDisabledSafetyPolicies[] = {
    "SAFETY_POLICY_UNSPECIFIED", "FINANCIAL_TRANSACTIONS", "SENSITIVE_DATA_MODIFICATION", "COMMUNICATION_TOOL",
    "ACCOUNT_CREATION",          "DATA_MODIFICATION",      "USER_CONSENT_MANAGEMENT",     "LEGAL_TERMS_AND_AGREEMENTS"};
constexpr std::string_view kComputerUseEnvironment[] = {"ENVIRONMENT_UNSPECIFIED", "ENVIRONMENT_BROWSER",
                                                        "ENVIRONMENT_MOBILE", "ENVIRONMENT_DESKTOP"};
constexpr std::string_view kFunctionDeclarationBehavior[] = {"UNSPECIFIED", "BLOCKING", "NON_BLOCKING"};
constexpr std::string_view kCodeExecutionResultOutcome[] = {"OUTCOME_UNSPECIFIED", "OUTCOME_OK", "OUTCOME_FAILED",
                                                            "OUTCOME_DEADLINE_EXCEEDED"};
constexpr std::string_view kExecutableCodeLanguage[] = {"LANGUAGE_UNSPECIFIED", "PYTHON"};
constexpr std::string_view kFunctionResponseScheduling[] = {"SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE",
                                                            "INTERRUPT"};
constexpr std::string_view kV1mainMediaResolutionLevel[] = {"MEDIA_RESOLUTION_UNSPECIFIED", "MEDIA_RESOLUTION_LOW",
                                                            "MEDIA_RESOLUTION_MEDIUM", "MEDIA_RESOLUTION_HIGH",
                                                            "MEDIA_RESOLUTION_ULTRA_HIGH"};
constexpr std::string_view kToolCallToolType[] = {"TOOL_TYPE_UNSPECIFIED", "GOOGLE_SEARCH_WEB", "GOOGLE_SEARCH_IMAGE",
                                                  "URL_CONTEXT",           "GOOGLE_MAPS",       "FILE_SEARCH"};
constexpr std::string_view kAudioResponseFormatDelivery[] = {"DELIVERY_UNSPECIFIED", "INLINE", "URI"};
constexpr std::string_view kAudioResponseFormatMimeType[] = {
    "MIME_TYPE_UNSPECIFIED", "AUDIO_MP3", "AUDIO_OGG_OPUS", "AUDIO_L16", "AUDIO_WAV", "AUDIO_ALAW", "AUDIO_MULAW"};
constexpr std::string_view kImageResponseFormatAspectRatio[] = {
    "ASPECT_RATIO_UNSPECIFIED",     "ASPECT_RATIO_ONE_BY_ONE",         "ASPECT_RATIO_TWO_BY_THREE",
    "ASPECT_RATIO_THREE_BY_TWO",    "ASPECT_RATIO_THREE_BY_FOUR",      "ASPECT_RATIO_FOUR_BY_THREE",
    "ASPECT_RATIO_FOUR_BY_FIVE",    "ASPECT_RATIO_FIVE_BY_FOUR",       "ASPECT_RATIO_NINE_BY_SIXTEEN",
    "ASPECT_RATIO_SIXTEEN_BY_NINE", "ASPECT_RATIO_TWENTY_ONE_BY_NINE", "ASPECT_RATIO_ONE_BY_EIGHT",
    "ASPECT_RATIO_EIGHT_BY_ONE",    "ASPECT_RATIO_ONE_BY_FOUR",        "ASPECT_RATIO_FOUR_BY_ONE"};
constexpr std::string_view kImageResponseFormatImageSize[] = {
    "IMAGE_SIZE_UNSPECIFIED", "IMAGE_SIZE_FIVE_TWELVE", "IMAGE_SIZE_ONE_K", "IMAGE_SIZE_TWO_K", "IMAGE_SIZE_FOUR_K"};
constexpr std::string_view kImageResponseFormatMimeType[] = {"MIME_TYPE_UNSPECIFIED", "IMAGE_JPEG"};
constexpr std::string_view kTextResponseFormatMimeType[] = {"MIME_TYPE_UNSPECIFIED", "APPLICATION_JSON", "TEXT_PLAIN"};
constexpr std::string_view kDynamicRetrievalConfigMode[] = {"MODE_UNSPECIFIED", "MODE_DYNAMIC"};

constexpr MemberSchema kGenerateContentRequest[] = {
    {"cachedContent", {Kind::text}},
    {"contents", {Kind::message, Shape::list, MessageId::Content}},
    {"generationConfig", {Kind::message, Shape::one, MessageId::GenerationConfig}},
    {"model", {Kind::text}},
    {"safetySettings", {Kind::message, Shape::list, MessageId::SafetySetting}},
    {"serviceTier", one_of(kGenerateContentRequestServiceTier)},
    {"store", {Kind::boolean}},
    {"systemInstruction", {Kind::message, Shape::one, MessageId::Content}},
    {"toolConfig", {Kind::message, Shape::one, MessageId::ToolConfig}},
    {"tools", {Kind::message, Shape::list, MessageId::Tool}},
};
constexpr MemberSchema kEmbedContentRequest[] = {
    {"content", {Kind::message, Shape::one, MessageId::Content}},
    {"embedContentConfig", {Kind::message, Shape::one, MessageId::EmbedContentConfig}},
    {"model", {Kind::text}},
    {"outputDimensionality", {Kind::int32}},
    {"taskType", one_of(kEmbedContentRequestTaskType)},
    {"title", {Kind::text}},
};
constexpr MemberSchema kContent[] = {
    {"parts", {Kind::message, Shape::list, MessageId::Part}},
    {"role", {Kind::text}},
};
constexpr MemberSchema kGenerationConfig[] = {
    {"audioTranscriptionConfig", {Kind::message, Shape::one, MessageId::AudioTranscriptionConfig}},
    {"candidateCount", {Kind::int32}},
    {"enableAffectiveDialog", {Kind::boolean}},
    {"enableEnhancedCivicAnswers", {Kind::boolean}},
    {"frequencyPenalty", {Kind::number}},
    {"imageConfig", {Kind::message, Shape::one, MessageId::ImageConfig}},
    {"logprobs", {Kind::int32}},
    {"maxOutputTokens", {Kind::int32}},
    {"mediaResolution", one_of(kGenerationConfigMediaResolution)},
    {"presencePenalty", {Kind::number}},
    {"responseFormat", {Kind::message, Shape::one, MessageId::ResponseFormatConfig}},
    {"responseJsonSchema", {Kind::any}},
    {"responseLogprobs", {Kind::boolean}},
    {"responseMimeType", {Kind::text}},
    {"responseModalities", one_of(kGenerationConfigResponseModalities, Shape::list)},
    {"responseSchema", {Kind::message, Shape::one, MessageId::Schema}},
    {"seed", {Kind::int32}},
    {"speechConfig", {Kind::message, Shape::one, MessageId::SpeechConfig}},
    {"stopSequences", {Kind::text, Shape::list}},
    {"temperature", {Kind::number}},
    {"thinkingConfig", {Kind::message, Shape::one, MessageId::ThinkingConfig}},
    {"topK", {Kind::int32}},
    {"topP", {Kind::number}},
    {"translationConfig", {Kind::message, Shape::one, MessageId::TranslationConfig}},
};
constexpr MemberSchema kSafetySetting[] = {
    {"category", one_of(kSafetySettingCategory)},
    {"threshold", one_of(kSafetySettingThreshold)},
};
constexpr MemberSchema kToolConfig[] = {
    {"functionCallingConfig", {Kind::message, Shape::one, MessageId::FunctionCallingConfig}},
    {"includeServerSideToolInvocations", {Kind::boolean}},
    {"retrievalConfig", {Kind::message, Shape::one, MessageId::RetrievalConfig}},
};
constexpr MemberSchema kTool[] = {
    {"codeExecution", {Kind::message, Shape::one, MessageId::CodeExecution}},
    {"computerUse", {Kind::message, Shape::one, MessageId::ComputerUse}},
    {"fileSearch", {Kind::message, Shape::one, MessageId::FileSearch}},
    {"functionDeclarations", {Kind::message, Shape::list, MessageId::FunctionDeclaration}},
    {"googleMaps", {Kind::message, Shape::one, MessageId::GoogleMaps}},
    {"googleSearch", {Kind::message, Shape::one, MessageId::GoogleSearch}},
    {"googleSearchRetrieval", {Kind::message, Shape::one, MessageId::GoogleSearchRetrieval}},
    {"mcpServers", {Kind::message, Shape::list, MessageId::McpServer}},
    {"urlContext", {Kind::message, Shape::one, MessageId::UrlContext}},
};
constexpr MemberSchema kEmbedContentConfig[] = {
    {"audioTrackExtraction", {Kind::boolean}},
    {"autoTruncate", {Kind::boolean}},
    {"documentOcr", {Kind::boolean}},
    {"outputDimensionality", {Kind::int32}},
    {"taskType", one_of(kEmbedContentRequestTaskType)},
    {"title", {Kind::text}},
};
constexpr MemberSchema kPart[] = {
    {"codeExecutionResult", {Kind::message, Shape::one, MessageId::CodeExecutionResult}},
    {"executableCode", {Kind::message, Shape::one, MessageId::ExecutableCode}},
    {"fileData", {Kind::message, Shape::one, MessageId::FileData}},
    {"functionCall", {Kind::message, Shape::one, MessageId::FunctionCall}},
    {"functionResponse", {Kind::message, Shape::one, MessageId::FunctionResponse}},
    {"inlineData", {Kind::message, Shape::one, MessageId::Blob}},
    {"mediaProcessing", one_of(kPartMediaProcessing)},
    {"mediaResolution", {Kind::message, Shape::one, MessageId::V1mainMediaResolution}},
    {"partMetadata", {Kind::any, Shape::map}},
    {"text", {Kind::text}},
    {"thought", {Kind::boolean}},
    {"thoughtSignature", {Kind::bytes}},
    {"toolCall", {Kind::message, Shape::one, MessageId::ToolCall}},
    {"toolResponse", {Kind::message, Shape::one, MessageId::ToolResponse}},
    {"videoMetadata", {Kind::message, Shape::one, MessageId::VideoMetadata}},
};
constexpr MemberSchema kAudioTranscriptionConfig[] = {
    {"adaptationPhrases", {Kind::text, Shape::list}},
    {"customVocabulary", {Kind::text, Shape::list}},
    {"diarization", {Kind::boolean}},
    {"languageAuto", {Kind::message, Shape::one, MessageId::LanguageAuto}},
    {"languageCodes", {Kind::text, Shape::list}},
    {"languageHints", {Kind::message, Shape::one, MessageId::LanguageHints}},
    {"mode", one_of(kAudioTranscriptionConfigMode)},
    {"wordTimestamp", {Kind::boolean}},
};
constexpr MemberSchema kImageConfig[] = {
    {"aspectRatio", {Kind::text}},
    {"imageSize", {Kind::text}},
};
constexpr MemberSchema kResponseFormatConfig[] = {
    {"audio", {Kind::message, Shape::one, MessageId::AudioResponseFormat}},
    {"image", {Kind::message, Shape::one, MessageId::ImageResponseFormat}},
    {"text", {Kind::message, Shape::one, MessageId::TextResponseFormat}},
};
constexpr MemberSchema kSchema[] = {
    {"anyOf", {Kind::message, Shape::list, MessageId::Schema}},
    {"default", {Kind::any}},
    {"description", {Kind::text}},
    {"enum", {Kind::text, Shape::list}},
    {"example", {Kind::any}},
    {"format", {Kind::text}},
    {"items", {Kind::message, Shape::one, MessageId::Schema}},
    {"maxItems", {Kind::int64}},
    {"maxLength", {Kind::int64}},
    {"maxProperties", {Kind::int64}},
    {"maximum", {Kind::number}},
    {"minItems", {Kind::int64}},
    {"minLength", {Kind::int64}},
    {"minProperties", {Kind::int64}},
    {"minimum", {Kind::number}},
    {"nullable", {Kind::boolean}},
    {"pattern", {Kind::text}},
    {"properties", {Kind::message, Shape::map, MessageId::Schema}},
    {"propertyOrdering", {Kind::text, Shape::list}},
    {"required", {Kind::text, Shape::list}},
    {"title", {Kind::text}},
    {"type", one_of(kSchemaType)},
};
constexpr MemberSchema kSpeechConfig[] = {
    {"languageCode", {Kind::text}},
    {"multiSpeakerVoiceConfig", {Kind::message, Shape::one, MessageId::MultiSpeakerVoiceConfig}},
    {"voiceConfig", {Kind::message, Shape::one, MessageId::VoiceConfig}},
};
constexpr MemberSchema kThinkingConfig[] = {
    {"includeThoughts", {Kind::boolean}},
    {"thinkingBudget", {Kind::int32}},
    {"thinkingLevel", one_of(kThinkingConfigThinkingLevel)},
};
constexpr MemberSchema kTranslationConfig[] = {
    {"echoTargetLanguage", {Kind::boolean}},
    {"targetLanguageCode", {Kind::text}},
};
constexpr MemberSchema kFunctionCallingConfig[] = {
    {"allowedFunctionNames", {Kind::text, Shape::list}},
    {"mode", one_of(kFunctionCallingConfigMode)},
};
constexpr MemberSchema kRetrievalConfig[] = {
    {"languageCode", {Kind::text}},
    {"latLng", {Kind::message, Shape::one, MessageId::LatLng}},
};
constexpr MemberSchema kComputerUse[] = {
    {"disabledSafetyPolicies", one_of(kComputerUseDisabledSafetyPolicies, Shape::list)},
    {"enablePromptInjectionDetection", {Kind::boolean}},
    {"environment", one_of(kComputerUseEnvironment)},
    {"excludedPredefinedFunctions", {Kind::text, Shape::list}},
};
constexpr MemberSchema kFileSearch[] = {
    {"fileSearchStoreNames", {Kind::text, Shape::list}},
    {"metadataFilter", {Kind::text}},
    {"topK", {Kind::int32}},
};
constexpr MemberSchema kFunctionDeclaration[] = {
    {"behavior", one_of(kFunctionDeclarationBehavior)},
    {"description", {Kind::text}},
    {"name", {Kind::text}},
    {"parameters", {Kind::message, Shape::one, MessageId::Schema}},
    {"parametersJsonSchema", {Kind::any}},
    {"response", {Kind::message, Shape::one, MessageId::Schema}},
    {"responseJsonSchema", {Kind::any}},
};
constexpr MemberSchema kGoogleMaps[] = {
    {"enableWidget", {Kind::boolean}},
};
constexpr MemberSchema kGoogleSearch[] = {
    {"searchTypes", {Kind::message, Shape::one, MessageId::SearchTypes}},
    {"timeRangeFilter", {Kind::message, Shape::one, MessageId::Interval}},
};
constexpr MemberSchema kGoogleSearchRetrieval[] = {
    {"dynamicRetrievalConfig", {Kind::message, Shape::one, MessageId::DynamicRetrievalConfig}},
};
constexpr MemberSchema kMcpServer[] = {
    {"name", {Kind::text}},
    {"streamableHttpTransport", {Kind::message, Shape::one, MessageId::StreamableHttpTransport}},
};
constexpr MemberSchema kCodeExecutionResult[] = {
    {"id", {Kind::text}},
    {"outcome", one_of(kCodeExecutionResultOutcome)},
    {"output", {Kind::text}},
};
constexpr MemberSchema kExecutableCode[] = {
    {"code", {Kind::text}},
    {"id", {Kind::text}},
    {"language", one_of(kExecutableCodeLanguage)},
};
constexpr MemberSchema kFileData[] = {
    {"fileUri", {Kind::text}},
    {"mimeType", {Kind::text}},
};
constexpr MemberSchema kFunctionCall[] = {
    {"args", {Kind::any, Shape::map}},
    {"id", {Kind::text}},
    {"name", {Kind::text}},
};
constexpr MemberSchema kFunctionResponse[] = {
    {"id", {Kind::text}},
    {"name", {Kind::text}},
    {"parts", {Kind::message, Shape::list, MessageId::FunctionResponsePart}},
    {"response", {Kind::any, Shape::map}},
    {"scheduling", one_of(kFunctionResponseScheduling)},
    {"willContinue", {Kind::boolean}},
};
constexpr MemberSchema kBlob[] = {
    {"data", {Kind::bytes}},
    {"mimeType", {Kind::text}},
};
constexpr MemberSchema kV1mainMediaResolution[] = {
    {"level", one_of(kV1mainMediaResolutionLevel)},
};
constexpr MemberSchema kToolCall[] = {
    {"args", {Kind::any, Shape::map}},
    {"id", {Kind::text}},
    {"toolName", {Kind::text}},
    {"toolType", one_of(kToolCallToolType)},
};
constexpr MemberSchema kToolResponse[] = {
    {"id", {Kind::text}},
    {"response", {Kind::any, Shape::map}},
    {"toolType", one_of(kToolCallToolType)},
};
constexpr MemberSchema kVideoMetadata[] = {
    {"endOffset", {Kind::duration}},
    {"fps", {Kind::number}},
    {"startOffset", {Kind::duration}},
};
constexpr MemberSchema kLanguageHints[] = {
    {"languageCodes", {Kind::text, Shape::list}},
};
constexpr MemberSchema kAudioResponseFormat[] = {
    {"bitRate", {Kind::int32}},
    {"delivery", one_of(kAudioResponseFormatDelivery)},
    {"mimeType", one_of(kAudioResponseFormatMimeType)},
    {"sampleRate", {Kind::int32}},
};
constexpr MemberSchema kImageResponseFormat[] = {
    {"aspectRatio", one_of(kImageResponseFormatAspectRatio)},
    {"delivery", one_of(kAudioResponseFormatDelivery)},
    {"imageSize", one_of(kImageResponseFormatImageSize)},
    {"mimeType", one_of(kImageResponseFormatMimeType)},
};
constexpr MemberSchema kTextResponseFormat[] = {
    {"mimeType", one_of(kTextResponseFormatMimeType)},
    {"schema", {Kind::any}},
};
constexpr MemberSchema kMultiSpeakerVoiceConfig[] = {
    {"speakerVoiceConfigs", {Kind::message, Shape::list, MessageId::SpeakerVoiceConfig}},
};
constexpr MemberSchema kVoiceConfig[] = {
    {"prebuiltVoiceConfig", {Kind::message, Shape::one, MessageId::PrebuiltVoiceConfig}},
};
constexpr MemberSchema kLatLng[] = {
    {"latitude", {Kind::number}},
    {"longitude", {Kind::number}},
};
constexpr MemberSchema kSearchTypes[] = {
    {"imageSearch", {Kind::message, Shape::one, MessageId::ImageSearch}},
    {"webSearch", {Kind::message, Shape::one, MessageId::WebSearch}},
};
constexpr MemberSchema kInterval[] = {
    {"endTime", {Kind::time}},
    {"startTime", {Kind::time}},
};
constexpr MemberSchema kDynamicRetrievalConfig[] = {
    {"dynamicThreshold", {Kind::number}},
    {"mode", one_of(kDynamicRetrievalConfigMode)},
};
constexpr MemberSchema kStreamableHttpTransport[] = {
    {"headers", {Kind::text, Shape::map}},
    {"sseReadTimeout", {Kind::duration}},
    {"terminateOnClose", {Kind::boolean}},
    {"timeout", {Kind::duration}},
    {"url", {Kind::text}},
};
constexpr MemberSchema kFunctionResponsePart[] = {
    {"inlineData", {Kind::message, Shape::one, MessageId::FunctionResponseBlob}},
};
constexpr MemberSchema kSpeakerVoiceConfig[] = {
    {"speaker", {Kind::text}},
    {"voiceConfig", {Kind::message, Shape::one, MessageId::VoiceConfig}},
};
constexpr MemberSchema kPrebuiltVoiceConfig[] = {
    {"voiceName", {Kind::text}},
};
constexpr MemberSchema kFunctionResponseBlob[] = {
    {"data", {Kind::bytes}},
    {"mimeType", {Kind::text}},
};

constexpr std::array<MessageSchema, kMessages> kSchemas = {{
    {"GenerateContentRequest", kGenerateContentRequest},
    {"EmbedContentRequest", kEmbedContentRequest},
    {"Content", kContent},
    {"GenerationConfig", kGenerationConfig},
    {"SafetySetting", kSafetySetting},
    {"ToolConfig", kToolConfig},
    {"Tool", kTool},
    {"EmbedContentConfig", kEmbedContentConfig},
    {"Part", kPart},
    {"AudioTranscriptionConfig", kAudioTranscriptionConfig},
    {"ImageConfig", kImageConfig},
    {"ResponseFormatConfig", kResponseFormatConfig},
    {"Schema", kSchema},
    {"SpeechConfig", kSpeechConfig},
    {"ThinkingConfig", kThinkingConfig},
    {"TranslationConfig", kTranslationConfig},
    {"FunctionCallingConfig", kFunctionCallingConfig},
    {"RetrievalConfig", kRetrievalConfig},
    {"CodeExecution", {}},
    {"ComputerUse", kComputerUse},
    {"FileSearch", kFileSearch},
    {"FunctionDeclaration", kFunctionDeclaration},
    {"GoogleMaps", kGoogleMaps},
    {"GoogleSearch", kGoogleSearch},
    {"GoogleSearchRetrieval", kGoogleSearchRetrieval},
    {"McpServer", kMcpServer},
    {"UrlContext", {}},
    {"CodeExecutionResult", kCodeExecutionResult},
    {"ExecutableCode", kExecutableCode},
    {"FileData", kFileData},
    {"FunctionCall", kFunctionCall},
    {"FunctionResponse", kFunctionResponse},
    {"Blob", kBlob},
    {"V1mainMediaResolution", kV1mainMediaResolution},
    {"ToolCall", kToolCall},
    {"ToolResponse", kToolResponse},
    {"VideoMetadata", kVideoMetadata},
    {"LanguageAuto", {}},
    {"LanguageHints", kLanguageHints},
    {"AudioResponseFormat", kAudioResponseFormat},
    {"ImageResponseFormat", kImageResponseFormat},
    {"TextResponseFormat", kTextResponseFormat},
    {"MultiSpeakerVoiceConfig", kMultiSpeakerVoiceConfig},
    {"VoiceConfig", kVoiceConfig},
    {"LatLng", kLatLng},
    {"SearchTypes", kSearchTypes},
    {"Interval", kInterval},
    {"DynamicRetrievalConfig", kDynamicRetrievalConfig},
    {"StreamableHttpTransport", kStreamableHttpTransport},
    {"FunctionResponsePart", kFunctionResponsePart},
    {"SpeakerVoiceConfig", kSpeakerVoiceConfig},
    {"PrebuiltVoiceConfig", kPrebuiltVoiceConfig},
    {"ImageSearch", {}},
    {"WebSearch", {}},
    {"FunctionResponseBlob", kFunctionResponseBlob},
}};

}  // namespace

const MessageSchema& schema_of(MessageId message) { return kSchemas[static_cast<std::size_t>(message)]; }

}  // namespace batchctl
