#include "runtime/loops.hpp"

namespace tg {

Loops::Loops(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    contexts_.push_back(std::make_unique<asio::io_context>(1));
    guards_.emplace_back(contexts_.back()->get_executor());
  }
}

Loops::~Loops() {
  stop();
}

void Loops::start() {
  for (auto& context : contexts_) threads_.emplace_back([&context] { context->run(); });
}

void Loops::stop() {
  guards_.clear();
  for (auto& context : contexts_) context->stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Executor Loops::next() {
  return contexts_[turn_++ % contexts_.size()]->get_executor();
}

}  // namespace tg
