#include "cli/describe.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "cli/completions.hpp"
#include "cli/config_view.hpp"
#include "cli/documents.hpp"
#include "cli/manual.hpp"
#include "cli/schemas.hpp"
#include "cli/whole_file.hpp"

namespace batchctl::cli {

namespace {

void say(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string schema_answer(const Arguments& arguments) {
  if (arguments.topic) return schema_document(*arguments.topic).dump(2) + "\n";
  return arguments.json ? to_line(schema_list_document()) + "\n" : schema_list_text();
}

std::string completion_for(const std::string& shell, const OptionTable& table) {
  return shell == "zsh" ? zsh_completion(table) : shell == "fish" ? fish_completion(table) : bash_completion(table);
}

void write_manual(const OptionTable& table, const std::string& directory, const World& world) {
  const std::string place = world.files.absolute(directory);
  if (!world.files.exists(place + "/"))
    throw Fatal(ExitCode::failed, "not_writable", "--directory " + directory + ": there is no such directory",
                "make it first");
  for (const ManualFile& page : manual_files(table))
    write_whole(world.files, place + "/" + page.name, page.text, world.pid);
}

}  // namespace

ExitCode describe(const Arguments& arguments, const ParserFacts& facts, const World& world) {
  if (arguments.verb == Verb::config)
    say(arguments.json ? to_line(config_document(arguments)) + "\n" : config_text(arguments));
  else if (arguments.verb == Verb::schema)
    say(schema_answer(arguments));
  else if (arguments.verb == Verb::completion)
    say(completion_for(arguments.topic.value(), option_table(facts)));
  else if (arguments.directory)
    write_manual(option_table(facts), *arguments.directory, world);
  else
    say(manual_page(option_table(facts), arguments.topic.value_or("")));
  return ExitCode::done;
}

}  // namespace batchctl::cli
