// What the contract suite needs beside the service itself: a clock to move, and a hand on what goes wrong.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "discovery/exchanges.hpp"
#include "fakes/fake_service.hpp"
#include "fakes/shared_clock.hpp"
#include "gemini/service.hpp"
#include "ports/batch_service.hpp"
#include "sandbox/sandbox.hpp"

namespace batchctl::contract {

/// The same world behind the port, twice: in memory, and over HTTP in the sandbox.
class Rig {
 public:
  virtual ~Rig() = default;

  virtual BatchService& service() = 0;
  virtual const Clock& clock() const = 0;
  virtual void advance(Duration length) = 0;

  virtual void cap_jobs(int most) = 0;  // to be called before anything else
  virtual void lose_next_create(bool takes_effect) = 0;
  virtual void fail_next_get() = 0;  // 503 without a body
  virtual void unplug() = 0;         // from now on nothing is reached
  virtual int jobs_made(const std::string& display_name) = 0;

  /// Long enough for every job to end.
  static constexpr Duration kLong = hours{2};
  static constexpr int kPage = 4;  // jobs on a page of the list
};

class FakeRig : public Rig {
 public:
  FakeRig() { service_.options().list_page = kPage; }

  BatchService& service() override { return service_; }
  const Clock& clock() const override { return clock_; }
  void advance(Duration length) override { clock_.advance(length); }
  void cap_jobs(int most) override { service_.options().max_jobs = most; }
  void lose_next_create(bool takes_effect) override {
    fakes::FaultOrder order;
    order.fault = takes_effect ? fakes::Fault::lost_after : fakes::Fault::lost_before;
    service_.order(order);
  }
  void fail_next_get() override {
    fakes::FaultOrder order;
    order.on = fakes::Call::get;
    order.fault = fakes::Fault::answers;
    order.answer = fakes::server_failure(503);
    service_.order(order);
  }
  void unplug() override { service_.outage(clock_.now(), Instant::max()); }
  int jobs_made(const std::string& display_name) override {
    const auto& made = service_.jobs_by_display_name();
    const auto found = made.find(display_name);
    return found == made.end() ? 0 : found->second;
  }

 private:
  fakes::FakeClock clock_;
  fakes::FakeService service_{clock_};
};

class SandboxRig : public Rig {
 public:
  SandboxRig() { plug_in(); }
  ~SandboxRig() override {
    service_.reset();
    server_.reset();
    CHECK_MESSAGE(listener_.faults() == "", listener_.faults());
  }

  BatchService& service() override { return *service_; }
  const Clock& clock() const override { return clock_; }
  void advance(Duration length) override { clock_.advance(length); }
  void cap_jobs(int most) override {
    quota_of(options_.scenario, sandbox::QuotaRule::Limit::jobs).most = static_cast<std::uint64_t>(most);
    plug_in();
  }
  void lose_next_create(bool takes_effect) override {
    sandbox::FaultOrder order;
    order.on = "create";
    order.action = takes_effect ? sandbox::FaultAction::drop_after : sandbox::FaultAction::drop_before;
    server_->add_fault(order);
  }
  void fail_next_get() override {
    sandbox::FaultOrder order;
    order.on = "get";
    order.action = sandbox::FaultAction::status;
    order.status = 503;
    server_->add_fault(order);
  }
  void unplug() override { server_->stop(); }
  int jobs_made(const std::string& display_name) override {
    const auto made = server_->ledger().jobs_by_display_name;
    const auto found = made.find(display_name);
    return found == made.end() ? 0 : static_cast<int>(found->second);
  }
  sandbox::Server& server() { return *server_; }
  /// How many exchanges were held against the discovery document; what was wrong fails the test in the end.
  int judged() const { return listener_.heard(); }

 private:
  void plug_in() {
    service_.reset();
    server_.reset();
    options_.scenario.lists.page = kPage;
    options_.now = [this] { return clock_.now(); };
    options_.on_exchange = listener_.ear();
    server_ = std::make_unique<sandbox::Server>(options_);
    server_->start();
    gemini::Config config;
    config.base_url = server_->base_url();
    config.key = "contract.key-1";
    service_ = gemini::connect(std::move(config), clock_);
  }

  fakes::SharedClock clock_;
  discovery::Listener listener_;
  sandbox::Options options_;
  std::unique_ptr<sandbox::Server> server_;
  std::unique_ptr<BatchService> service_;
};

}  // namespace batchctl::contract
