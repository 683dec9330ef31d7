// What is said over the wire, against the discovery document.
#pragma once

#include <mutex>
#include <string>

#include "discovery/discovery.hpp"
#include "sandbox/watch.hpp"

namespace batchctl::discovery {

/// What is wrong with a request and its answer, a line each.
std::string exchange_faults(const Discovery& discovery, const sandbox::Exchange& exchange);

/// What is wrong with a line of input or of output: `key`, and a request, or one of response, error and status.
std::string input_line_faults(const Discovery& discovery, const std::string& line);
std::string output_line_faults(const Discovery& discovery, const std::string& line);

/// Listens to a sandbox and remembers what was wrong.
class Listener {
 public:
  /// For sandbox::Options::on_exchange; empty when there is no document. Must not outlive this.
  std::function<void(const sandbox::Exchange&)> ear();

  std::string faults() const;
  int heard() const;

 private:
  mutable std::mutex mutex_;
  std::string faults_;
  int heard_ = 0;
};

}  // namespace batchctl::discovery
