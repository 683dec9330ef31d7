// One request of the port on its way: a small machine that turns each HTTP response into the next HTTP request or into
// the answer. It owns no connection, so it can be tested with words alone.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <variant>

#include "http/client.hpp"
#include "ports/batch_service.hpp"

namespace batchctl::gemini {

using Step = std::variant<http::Request, Answer>;

class Task {
 public:
  virtual ~Task() = default;
  virtual Step begin() = 0;
  /// The response to the request of the step before.
  virtual Step go_on(http::Response response) = 0;
};

/// Wall time before a task goes on for the n-th time, from 1, where a cut left it: at once, then half a second doubling
/// to 8 s, so that ten times last less than a minute. Longer waits are the driver's.
inline Duration delay_before(int time) {
  if (time <= 1) return Duration::zero();
  return std::min<Duration>(milliseconds{500} * (1 << std::min(time - 2, 10)), seconds{8});
}

/// One HTTP request, whose response is the answer.
class OneCall : public Task {
 public:
  using Read = std::function<Answer(const http::Response&)>;
  OneCall(http::Request request, Read read) : request_(std::move(request)), read_(std::move(read)) {}

  Step begin() override { return std::move(request_); }
  Step go_on(http::Response response) override { return read_(response); }

 private:
  http::Request request_;
  Read read_;
};

}  // namespace batchctl::gemini
