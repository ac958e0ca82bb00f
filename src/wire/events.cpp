#include "wire/events.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/core.h>

#include "net/event_reader.hpp"
#include "wire/errors.hpp"

namespace tg::wire {
namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Item = Result<std::optional<TextEvent>>;

// Between two pieces; the other side sends comments every 15 s.
constexpr std::chrono::seconds kSilence{60};

// One read from the source, concurrent with the writing of comments.
struct Pull {
  explicit Pull(Executor executor) : timer(executor) {}
  std::optional<Item> item;
  bool client_gone = false;
  Timer timer;  // wakes the writer
  asio::cancellation_signal signal;
};

void start_pull(std::shared_ptr<Pull> pull, Executor executor, std::shared_ptr<TextEvents> events) {
  pull->item.reset();
  asio::co_spawn(executor, events->next(),
                 asio::bind_cancellation_slot(pull->signal.slot(),
                                              [pull, events](std::exception_ptr thrown, Item item) {
                                                if (thrown)
                                                  item = internal("the source of a stream threw");
                                                pull->item = std::move(item);
                                                pull->timer.cancel();
                                              }));
}

std::string last_event(const Item& item, const EventWriting& settings) {
  if (item) return net::format_event("done", "{}");
  return net::format_event("error",
                           error_text(item.error(), settings.request_id, settings.clock->wall()));
}

// Waits until the pull has its item, and writes comments meanwhile. False: the client is gone or
// this writer was cancelled; the pull was then cancelled, too, and has ended.
Task<bool> wait_for_item(std::shared_ptr<Pull> pull, net::ResponseWriter* writer,
                         std::chrono::milliseconds idle_comment) {
  const auto state = co_await asio::this_coro::cancellation_state;
  bool is_open = true;
  while (!pull->item) {
    pull->timer.expires_after(idle_comment);
    co_await pull->timer.async_wait(asio::as_tuple(use_task));
    if (pull->item) break;
    is_open = is_open && !pull->client_gone && state.cancelled() == asio::cancellation_type::none;
    if (is_open && (co_await writer->write(": keep-alive\n\n")).has_value()) continue;
    is_open = false;
    pull->signal.emit(asio::cancellation_type::all);
  }
  co_return is_open;
}

Item stopping() {
  return fail(Code::unavailable, "stopping", "the server is stopping: reconnect");
}

// True when the last event was written.
Task<bool> write_items(std::shared_ptr<TextEvents> events, std::shared_ptr<Pull> pull,
                       net::ResponseWriter* writer, EventWriting settings) {
  const Executor executor = co_await asio::this_coro::executor;
  while (true) {
    start_pull(pull, executor, events);
    const bool is_open = co_await wait_for_item(pull, writer, settings.idle_comment);
    if (pull->client_gone) co_return false;
    const Item item = is_open ? *std::move(pull->item) : stopping();
    const bool is_last = !item || !*item;
    std::string text =
        is_last ? last_event(item, settings) : net::format_event((*item)->name, (*item)->data);
    if (!(co_await writer->write(std::move(text))).has_value()) co_return false;
    if (is_last) co_return true;
  }
}

}  // namespace

Task<bool> write_events(std::shared_ptr<TextEvents> events, net::ResponseWriter* writer,
                        net::Headers headers, EventWriting settings) {
  // A cancelled writer must still end its pending pull.
  co_await asio::this_coro::throw_if_cancelled(false);
  headers.set("Content-Type", "text/event-stream");
  headers.set("X-Accel-Buffering", "no");
  bool is_whole = (co_await writer->begin(200, std::move(headers), std::nullopt)).has_value();
  if (is_whole) {
    const auto pull = std::make_shared<Pull>(co_await asio::this_coro::executor);
    writer->watch_client(
        [weak = std::weak_ptr(pull)] {
          if (const auto waiting = weak.lock()) {
            waiting->client_gone = true;
            waiting->timer.cancel();
          }
        },
        net::ResponseWriter::GoneWhen::end_of_input);
    is_whole = co_await write_items(std::move(events), pull, writer, std::move(settings));
  }
  if (is_whole) is_whole = (co_await writer->finish()).has_value();
  co_await asio::this_coro::throw_if_cancelled(true);
  co_return is_whole;
}

namespace {

class RemoteEvents final : public TextEvents {
 public:
  RemoteEvents(std::unique_ptr<net::ClientResponse> response, std::string service)
      : response_(std::move(response)), service_(std::move(service)) {}

  Item next_of(net::ServerEvent event) {
    if (event.name == "error") return std::unexpected(error_of_event(event.data, service_));
    if (event.name == "done") return std::optional<TextEvent>();
    return std::optional<TextEvent>({std::move(event.name), std::move(event.data)});
  }

  Task<Item> next() override {
    while (response_ != nullptr) {
      TG_CO_TRY(auto event, reader_.next());
      if (event) {
        const bool is_last = event->name == "error" || event->name == "done";
        if (is_last) response_ = nullptr;
        co_return next_of(*std::move(event));
      }
      const auto piece = co_await response_->read(std::chrono::steady_clock::now() + kSilence);
      if (piece && *piece) {
        reader_.append(**piece);
        continue;
      }
      response_ = nullptr;
      co_return fail(Code::bad_gateway, fmt::format("broken_off.{}", service_),
                     fmt::format("the stream of the {} service was interrupted", service_),
                     piece ? std::string() : piece.error().message);
    }
    co_return std::optional<TextEvent>();
  }

 private:
  std::unique_ptr<net::ClientResponse> response_;
  std::string service_;
  net::EventReader reader_;
};

}  // namespace

std::shared_ptr<TextEvents> read_events(std::unique_ptr<net::ClientResponse> response,
                                        std::string service) {
  return std::make_shared<RemoteEvents>(std::move(response), std::move(service));
}

}  // namespace tg::wire
