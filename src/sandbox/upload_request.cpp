#include "sandbox/upload_request.hpp"

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "sandbox/replies.hpp"
#include "sandbox/request_body.hpp"
#include "sandbox/routes.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::string_view kNamePrefix = "files/";

FileFate fate_by(const std::optional<FaultAction>& fault) {
  if (fault == FaultAction::file_stuck) return FileFate::stuck;
  if (fault == FaultAction::file_fails) return FileFate::fails;
  return FileFate::active;
}

}  // namespace

std::optional<UploadForm> upload_form_of(const Request& request, Answer& refusal) {
  const std::string command = request.header_or_empty("X-Goog-Upload-Command");
  std::string form = to_lower(request.header_or_empty("X-Goog-Upload-Protocol"));
  if (form == "resumable") {
    if (upload_command_of(request).start) return UploadForm::resumable;
    refusal = error_answer(400, "A resumable upload begins with X-Goog-Upload-Command: start.");
    return std::nullopt;
  }
  if (form.empty() && command.empty()) form = to_lower(request.query_or_empty("uploadType"));
  if (form.empty() && command.empty()) {
    const std::string type = to_lower(request.header_or_empty("Content-Type"));
    return type.compare(0, 17, "multipart/related") == 0 ? UploadForm::related : UploadForm::plain;
  }
  if (form == "raw" || form == "media") return UploadForm::plain;
  if (form == "multipart") return UploadForm::related;
  refusal = error_answer(400,
                         "The sandbox takes uploads with X-Goog-Upload-Protocol: resumable, raw or multipart, and with "
                         "uploadType=media or multipart.");
  return std::nullopt;
}

std::optional<FileDescription> description_of(const nlohmann::json& body, const std::string& mime_type,
                                              const std::optional<FaultAction>& fault, Answer& refusal) {
  const auto refuse = [&refusal](const Answer& answer) {
    refusal = answer;
    return std::nullopt;
  };
  const auto& described = member(body, "file", "file");
  if (!described.is_object() && !described.is_null()) {
    return refuse(error_answer(400, "Invalid JSON payload received. 'file' is not an object."));
  }
  FileDescription file;
  file.fate = fate_by(fault);
  file.display_name = text_member(described, "displayName", "display_name");
  file.mime_type = text_member(described, "mimeType", "mime_type");
  if (file.mime_type.empty()) file.mime_type = mime_type;
  if (file.mime_type.empty()) file.mime_type = "application/octet-stream";
  if (count_characters(file.display_name) > kFileDisplayNameMax) {
    return refuse(error_answer(400, "* CreateFileRequest.file.display_name: cannot be more than 512 characters.\n"));
  }
  const std::string name = text_member(described, "name", "name");
  if (name.empty()) return file;
  if (name.compare(0, kNamePrefix.size(), kNamePrefix) != 0) return refuse(file_name_charset());
  file.id = name.substr(kNamePrefix.size());
  if (!has_file_id_charset(file.id)) return refuse(file_name_charset());
  if (file.id.size() > kFileIdMax) return refuse(file_id_too_long("CreateFileRequest.file.name"));
  return file;
}

}  // namespace batchctl::sandbox
