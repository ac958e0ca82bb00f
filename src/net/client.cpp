#include "net/client.hpp"

#include <list>
#include <map>
#include <mutex>

#include <fmt/core.h>
#include <zlib.h>

#include "net/client_connection.hpp"
#include "runtime/notifier.hpp"

namespace tg::net {

struct Client::State {
  struct Host {
    std::size_t busy = 0;
    std::list<std::unique_ptr<ClientConnection>> idle;  // most recent first
    Notifier freed;
  };

  explicit State(ClientSettings with)
      : settings(std::move(with)), tls(asio::ssl::context::tls_client) {
    if (settings.certificate_authorities.empty()) {
      tls.set_default_verify_paths();
    } else {
      tls.load_verify_file(settings.certificate_authorities);
    }
    tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  }

  std::shared_ptr<Host> host(const std::string& origin) {
    const std::lock_guard lock(mutex);
    auto& found = hosts[origin];
    if (found == nullptr) found = std::make_shared<Host>();
    return found;
  }

  // A connection of this loop that still stands.
  std::unique_ptr<ClientConnection> take_idle(Host& host, Executor executor) {
    const std::lock_guard lock(mutex);
    const SteadyTime now = std::chrono::steady_clock::now();
    for (auto it = host.idle.begin(); it != host.idle.end();) {
      if ((*it)->executor() != executor) {
        ++it;
        continue;
      }
      auto connection = std::move(*it);
      it = host.idle.erase(it);
      if (now - connection->idle_since < settings.idle_time && connection->is_quiet())
        return connection;
    }
    return nullptr;
  }

  const ClientSettings settings;
  asio::ssl::context tls;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Host>> hosts;  // guarded by mutex, with their members
};

namespace {

using Host = Client::State::Host;

// Holds one of the host's places while a request is under way.
class Place {
 public:
  Place(std::shared_ptr<Client::State> state, std::shared_ptr<Host> host)
      : state_(std::move(state)), host_(std::move(host)) {}
  Place(Place&&) = default;
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (host_ == nullptr) return;
    {
      const std::lock_guard lock(state_->mutex);
      --host_->busy;
    }
    host_->freed.notify();
  }
  void keep(std::unique_ptr<ClientConnection> connection) {
    connection->idle_since = std::chrono::steady_clock::now();
    const std::lock_guard lock(state_->mutex);
    host_->idle.push_front(std::move(connection));
    while (host_->idle.size() > state_->settings.per_host) host_->idle.pop_back();
  }
  Host& host() { return *host_; }
  Client::State& state() { return *state_; }

 private:
  std::shared_ptr<Client::State> state_;
  std::shared_ptr<Host> host_;
};

Task<Result<Place>> wait_for_place(std::shared_ptr<Client::State> state, std::string origin,
                                   SteadyTime deadline) {
  auto host = state->host(origin);
  while (true) {
    const auto seen = host->freed.version();
    {
      const std::lock_guard lock(state->mutex);
      if (host->busy < state->settings.per_host) {
        ++host->busy;
        co_return Place(state, host);
      }
    }
    const auto left = std::chrono::floor<std::chrono::milliseconds>(
        std::min(deadline, std::chrono::steady_clock::now() + std::chrono::hours(1)) -
        std::chrono::steady_clock::now());
    if (left.count() <= 0)
      co_return fail(Code::unavailable, "upstream.busy", "too many requests wait for that server");
    co_await host->freed.wait_after(seen, left);
  }
}

std::string head_of(const ClientRequest& request, const Url& url, const ClientSettings& settings) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", verb_word(request.verb),
                                 url.target, url.host_and_port());
  if (!request.headers.has("User-Agent"))
    head += fmt::format("User-Agent: {}\r\n", settings.user_agent);
  if (!request.headers.has("Accept-Encoding")) head += "Accept-Encoding: gzip\r\n";
  for (const auto& [name, value] : request.headers) {
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) continue;
    head += fmt::format("{}: {}\r\n", name, value);
  }
  const bool has_body = request.verb == Verb::post || request.verb == Verb::put;
  if (request.stream != nullptr) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (has_body || !request.body.empty()) {
    head += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  return head + "\r\n";
}

class Inflater {
 public:
  Inflater() { inflateInit2(&stream_, 15 + 16); }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  Result<std::string> add(std::string_view bytes, std::size_t limit) {
    std::string out;
    char piece[16384];
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    int state = Z_OK;
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(piece);
      stream_.avail_out = sizeof piece;
      state = inflate(&stream_, Z_NO_FLUSH);
      if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
        return fail(Code::bad_gateway, "upstream.malformed", "the answer's gzip data are broken");
      out.append(piece, sizeof piece - stream_.avail_out);
      if (out.size() > limit)
        return fail(Code::bad_gateway, "upstream.too_large",
                    "the other server's answer is too large");
    } while (state == Z_OK && (stream_.avail_in > 0 || stream_.avail_out == 0));
    return out;
  }

 private:
  z_stream stream_{};
};

class StreamedResponse final : public ClientResponse {
 public:
  StreamedResponse(Place place, std::unique_ptr<ClientConnection> connection)
      : place_(std::move(place)), connection_(std::move(connection)) {
    status_ = connection_->parser.status();
    headers_ = std::move(connection_->parser.headers());
    if (headers_.lists("Content-Encoding", "gzip")) inflater_ = std::make_unique<Inflater>();
  }
  ~StreamedResponse() override {
    if (connection_ && connection_->parser.can_be_reused()) place_.keep(std::move(connection_));
  }
  int status() const override { return status_; }
  const Headers& headers() const override { return headers_; }

  Task<Result<std::optional<std::string>>> read(SteadyTime deadline) override {
    ResponseParser& parser = connection_->parser;
    while (true) {
      std::string piece = parser.take_body();
      if (!piece.empty() && inflater_) {
        TG_CO_TRY(piece, inflater_->add(piece, place_.state().settings.body_limit));
      }
      if (!piece.empty()) co_return piece;
      if (parser.failure()) co_return std::unexpected(*parser.failure());
      if (parser.complete()) co_return std::optional<std::string>();
      TG_CO_CHECK(co_await connection_->read(deadline));
    }
  }

 private:
  Place place_;
  std::unique_ptr<ClientConnection> connection_;
  std::unique_ptr<Inflater> inflater_;
  int status_ = 0;
  Headers headers_;
};

Task<Result<void>> send_stream(ClientConnection& connection, BodyReader& body,
                               SteadyTime deadline) {
  while (true) {
    TG_CO_TRY(const auto piece, co_await body.read());
    if (!piece) break;
    TG_CO_CHECK(
        co_await connection.write(fmt::format("{:x}\r\n{}\r\n", piece->size(), *piece), deadline));
  }
  co_return co_await connection.write("0\r\n\r\n", deadline);
}

Task<Result<void>> exchange(ClientConnection& connection, ClientRequest& request,
                            std::string head) {
  connection.parser.start(request.verb == Verb::head);
  std::string bytes = std::move(head);
  if (request.stream == nullptr) bytes += request.body;
  Result<void> sent = co_await connection.write(std::move(bytes), request.deadline);
  if (sent && request.stream != nullptr)
    sent = co_await send_stream(connection, *request.stream, request.deadline);
  if (!sent && sent.error().code != Code::unavailable) co_return sent;
  // A server may refuse before it has read everything: its answer counts.
  while (!connection.parser.has_head()) {
    const auto read = co_await connection.read(request.deadline);
    if (!read) co_return sent ? read : sent;
  }
  co_return Result<void>();
}

}  // namespace

Client::Client(ClientSettings settings) : state_(std::make_shared<State>(std::move(settings))) {}

Client::~Client() = default;

void Client::close_idle() {
  const std::lock_guard lock(state_->mutex);
  for (auto& [origin, host] : state_->hosts) host->idle.clear();
}

Task<Result<std::unique_ptr<ClientResponse>>> Client::open(ClientRequest request) {
  TG_CO_TRY(const Url url, parse_url(request.url));
  TG_CO_TRY(Place place, co_await wait_for_place(state_, url.origin(), request.deadline));
  const Executor executor = co_await asio::this_coro::executor;
  auto connection = state_->take_idle(place.host(), executor);
  bool reused = connection != nullptr;
  while (true) {
    if (!reused) {
      connection = std::make_unique<ClientConnection>(executor);
      TG_CO_CHECK(
          co_await connection->connect(url, state_->settings, state_->tls, request.deadline));
    }
    const auto done =
        co_await exchange(*connection, request, head_of(request, url, state_->settings));
    if (done) break;
    // The server closed an idle connection just as the request went out: a fresh one, once.
    const bool again = reused && request.stream == nullptr && request.repeatable &&
                       done.error().code != Code::gateway_timeout;
    if (!again) co_return std::unexpected(done.error());
    reused = false;
  }
  co_return std::make_unique<StreamedResponse>(std::move(place), std::move(connection));
}

Task<Result<Response>> Client::send(ClientRequest request) {
  const SteadyTime deadline = request.deadline;
  TG_CO_TRY(auto open_response, co_await open(std::move(request)));
  Response response{.status = open_response->status(), .headers = open_response->headers()};
  while (true) {
    TG_CO_TRY(auto piece, co_await open_response->read(deadline));
    if (!piece) break;
    response.body += *piece;
    if (response.body.size() > state_->settings.body_limit)
      co_return fail(Code::bad_gateway, "upstream.too_large",
                     "the other server's answer is too large");
  }
  co_return response;
}

}  // namespace tg::net
