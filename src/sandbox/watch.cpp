#include "sandbox/watch.hpp"

#include <memory>
#include <string_view>
#include <utility>

#include "sandbox/exchange.hpp"

namespace batchctl::sandbox {
namespace {

constexpr std::size_t kBodyMax = 4194304;

bool is_json(const std::string& content_type) { return content_type.compare(0, 16, "application/json") == 0; }

std::string text_of(const Answer& answer) {
  if (answer.file == nullptr) return answer.body.size() <= kBodyMax ? answer.body : "";
  if (answer.file->size_bytes() > kBodyMax) return "";
  std::string text(answer.file->size_bytes(), '\0');
  for (std::size_t done = 0; done < text.size();) {
    const std::size_t got = answer.file->read_at(done, text.data() + done, text.size() - done);
    if (got == 0) return "";
    done += got;
  }
  return text;
}

/// What the request's body has been read of. The server may go on reading when the answer is there.
std::shared_ptr<const std::string> copy_of_body(Request& request) {
  const auto body = std::make_shared<std::string>();
  request.read_body = [read = std::move(request.read_body), body](const auto& sink) {
    return read([&](std::string_view piece) {
      if (body->size() <= kBodyMax) body->append(piece);
      return sink(piece);
    });
  };
  return body;
}

}  // namespace

std::function<Answer(Request&)> watched(std::function<Answer(Request&)> handler,
                                        std::function<void(const Exchange&)> on_exchange) {
  if (!on_exchange) return handler;
  return [handler = std::move(handler), on_exchange = std::move(on_exchange)](Request& request) {
    Exchange exchange;
    exchange.method = request.method;
    exchange.path = request.path;
    exchange.upload_command = request.header_or_empty("X-Goog-Upload-Command");
    std::shared_ptr<const std::string> body;
    if (is_json(request.header_or_empty("Content-Type"))) body = copy_of_body(request);
    Answer answer = handler(request);
    if (answer.ending != Ending::answer) return answer;
    if (body && body->empty()) request.read_body([](std::string_view) { return true; });  // it was refused unread
    if (body && body->size() <= kBodyMax) exchange.request_body = *body;
    exchange.status = answer.status;
    exchange.answer_body = text_of(answer);
    if (!exchange.answer_body.empty()) exchange.content_type = answer.content_type;
    on_exchange(exchange);
    return answer;
  };
}

}  // namespace batchctl::sandbox
