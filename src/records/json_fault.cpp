#include "records/json_fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace batchctl {

namespace {

/// Builds nothing; remembers the first fault.
class FaultFinder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::json::exception& fault) override {
    column = at;
    what = fault.what();
    return false;
  }

  std::size_t column = 0;
  std::string what;
};

/// `[…] parse error at …: syntax error while parsing value - invalid literal; last read: '…'; expected …` is
/// reduced to its middle and its end.
std::string essence(const std::string& what) {
  const auto dash = what.find(" - ");
  std::string text = dash == std::string::npos ? what : what.substr(dash + 3);
  const auto read = text.find("; last read: '");
  if (read != std::string::npos) {
    const auto expected = text.rfind("'; expected ");
    text = text.substr(0, read) +
           (expected != std::string::npos && expected > read ? text.substr(expected + 1) : std::string{});
  }
  return one_line(text, 160);
}

}  // namespace

std::string describe_json_fault(std::string_view text, std::string_view otherwise) {
  FaultFinder finder;
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &finder) || finder.what.empty())
    return fmt::format("not valid JSON: {}", otherwise);
  if (finder.column > text.size()) return "not valid JSON: the line ends too early";
  return fmt::format("not valid JSON: {} (column {})", essence(finder.what), std::max<std::size_t>(finder.column, 1));
}

}  // namespace batchctl
