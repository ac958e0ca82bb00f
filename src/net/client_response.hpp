// A response of the client while its body is received: holds the permit and the connection, and
// returns the connection to the pool once the body is complete. Internal to net. Not thread-safe:
// use from its event loop only.
#pragma once

#include "net/client_pool.hpp"
#include "net/gzip.hpp"

namespace tg::net {

class StreamedResponse final : public ClientResponse {
 public:
  // The connection's parser has the head. `can_be_reused`: the whole request was sent.
  StreamedResponse(ClientPool::Permit place, std::unique_ptr<ClientConnection> connection,
                   bool can_be_reused);
  ~StreamedResponse() override;
  int status() const override { return status_; }
  const Headers& headers() const override { return headers_; }
  Result<void> as_stream() override;
  Task<Result<std::optional<std::string>>> read(SteadyTime deadline) override;

 private:
  Result<std::optional<std::string>> next_piece();

  ClientPool::Permit place_;
  std::unique_ptr<ClientConnection> connection_;
  std::unique_ptr<Gunzip> gunzip_;
  std::string compressed_;
  std::string_view rest_;  // of compressed_
  int status_ = 0;
  Headers headers_;
  bool can_be_reused_;
  int at_once_ = 0;  // pieces since the coroutine last yielded
};

}  // namespace tg::net
