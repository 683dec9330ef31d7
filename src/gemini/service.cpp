#include "gemini/service.hpp"

#include <unordered_map>
#include <utility>

#include "base/error.hpp"
#include "gemini/download.hpp"
#include "gemini/endpoint.hpp"
#include "gemini/jobs.hpp"
#include "gemini/task.hpp"
#include "gemini/upload.hpp"
#include "http/client.hpp"
#include "http/date.hpp"

namespace batchctl::gemini {
namespace {

class Service : public BatchService {
 public:
  Service(Config config, const Clock& clock)
      : config_(std::move(config)), clock_(clock), endpoint_(config_.base_url, std::exchange(config_.key, {})) {}

  Capabilities capabilities() const override { return {}; }
  void start(Ticket ticket, Request request) override;
  std::vector<Completion> wait(Instant wake_at) override;
  void abandon() override;
  std::optional<Duration> clock_skew() const override { return skew_; }
  std::string how_to_cancel(const JobName& job) const override { return gemini::how_to_cancel(endpoint_, job); }

 private:
  struct UnderWay {
    Ticket ticket = 0;
    std::unique_ptr<Task> task;
  };

  http::Client& client();
  void follow(UnderWay call, Step step);
  void note_date(const http::Response& response);
  Duration wall_time_until(Instant at) const;

  std::unique_ptr<Task> task_of(UploadFile file) {
    return std::make_unique<Upload>(endpoint_, std::move(file), taken_mime_);
  }
  std::unique_ptr<Task> task_of(const FindFile& find) const { return find_file(endpoint_, find); }
  std::unique_ptr<Task> task_of(const ListFiles& list) const { return list_files(endpoint_, list); }
  std::unique_ptr<Task> task_of(const DeleteFile& remove) const { return delete_file(endpoint_, remove); }
  std::unique_ptr<Task> task_of(CreateJob job) const { return create_job(endpoint_, config_.timing, std::move(job)); }
  std::unique_ptr<Task> task_of(const ListJobs& list) const { return list_jobs(endpoint_, list); }
  std::unique_ptr<Task> task_of(const GetJob& get) const { return get_job(endpoint_, get); }
  std::unique_ptr<Task> task_of(const CancelJob& cancel) const { return cancel_job(endpoint_, cancel); }
  std::unique_ptr<Task> task_of(const DeleteJob& remove) const { return delete_job(endpoint_, remove); }
  std::unique_ptr<Task> task_of(const CountTokens& count) const { return count_tokens(endpoint_, count); }
  std::unique_ptr<Task> task_of(FetchOutput fetch) const {
    return std::make_unique<Download>(endpoint_, std::move(fetch));
  }

  Config config_;
  const Clock& clock_;
  Endpoint endpoint_;
  std::string taken_mime_;                // the type of the last file that the service took; outlives the uploads
  std::unique_ptr<http::Client> client_;  // made late: offline commands do not pay for it
  std::unordered_map<http::RequestId, UnderWay> under_way_;
  std::vector<Completion> ready_;
  std::optional<Duration> skew_;
};

http::Client& Service::client() {
  if (!client_) {
    http::Config config;
    config.user_agent = config_.user_agent;
    config.boot_now = [this] { return clock_.boot_now(); };
    config.interrupted = config_.interrupted;
    client_ = std::make_unique<http::Client>(std::move(config));
  }
  return *client_;
}

void Service::start(Ticket ticket, Request request) {
  UnderWay call{ticket, std::visit([this](auto&& asked) { return task_of(std::move(asked)); }, std::move(request))};
  Step first = call.task->begin();
  follow(std::move(call), std::move(first));
}

void Service::follow(UnderWay call, Step step) {
  if (auto* answer = std::get_if<Answer>(&step)) {
    ready_.push_back({call.ticket, std::move(*answer)});
  } else {
    const http::RequestId id = client().start(std::move(std::get<http::Request>(step)));
    under_way_.emplace(id, std::move(call));
  }
}

std::vector<Completion> Service::wait(Instant wake_at) {
  for (;;) {
    // Also when something is ready already: what is under way must move on.
    const Duration longest = ready_.empty() ? wall_time_until(wake_at) : Duration::zero();
    std::vector<http::Response> responses = client().wait(longest);
    const bool was_idle = responses.empty();
    for (http::Response& response : responses) {
      const auto found = under_way_.find(response.id);
      if (found == under_way_.end()) continue;
      note_date(response);
      UnderWay call = std::move(found->second);
      under_way_.erase(found);
      Step next = call.task->go_on(std::move(response));
      follow(std::move(call), std::move(next));
    }
    if (!ready_.empty() || was_idle) return std::exchange(ready_, {});
  }
}

void Service::abandon() {
  if (client_) client_->abandon();
  under_way_.clear();
  ready_.clear();
}

void Service::note_date(const http::Response& response) {
  const std::string* text = response.header("date");
  const auto date = text == nullptr ? std::nullopt : http::parse_date(*text);
  if (date) skew_ = *date - clock_.now();
}

Duration Service::wall_time_until(Instant at) const {
  const Instant now = clock_.now();
  if (at <= now) return Duration::zero();
  constexpr Duration kLong = hours{24 * 365};
  if (at - now > kLong) return kLong;
  return std::max(scaled(at - now, 1.0 / clock_.scale()), Duration{1});
}

}  // namespace

std::unique_ptr<BatchService> connect(Config config, const Clock& clock) {
  return std::make_unique<Service>(std::move(config), clock);
}

}  // namespace batchctl::gemini
