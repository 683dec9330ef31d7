#include "base/drawn.hpp"

#include <utility>

namespace batchctl {

namespace {

std::function<void()>& eraser() {
  static std::function<void()> kept;
  return kept;
}

}  // namespace

void erase_before_lines(std::function<void()> erase) { eraser() = std::move(erase); }

void erase_what_is_drawn() {
  if (eraser()) eraser()();
}

}  // namespace batchctl
