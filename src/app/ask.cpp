#include "app/ask.hpp"

#include <utility>

namespace batchctl::app {

std::optional<Answer> ask(Context& context, Request request, std::chrono::nanoseconds at_most) {
  const auto until = context.clock.boot_now() + at_most;
  const Ticket ticket = context.next_ticket++;
  context.service->start(ticket, std::move(request));
  while (context.clock.boot_now() < until) {
    if (is_interrupted(context)) break;
    const Duration step = scaled(milliseconds{200}, context.clock.scale());
    for (Completion& completion : context.service->wait(context.clock.now() + step))
      if (completion.ticket == ticket) return std::move(completion.answer);
  }
  context.service->abandon();
  return std::nullopt;
}

}  // namespace batchctl::app
