#include "app/local_key.hpp"

#include "app/local_call.hpp"
#include "base/encoding.hpp"

namespace tg::app {
namespace {

constexpr std::string_view kBearer = "Bearer ";

class LocalKeyAdmission final : public wire::Admission {
 public:
  LocalKeyAdmission(std::string key, std::shared_ptr<wire::Admission> next)
      : header_(std::string(kBearer) + key), next_(std::move(next)) {}

  Task<Result<api::Call>> admit(const net::Request* request, const api::Spec* spec) override {
    if (!equal_constant_time(request->headers.get("Authorization"), header_))
      co_return co_await next_->admit(request, spec);
    api::Call call = local_call();
    // The owner of the folder has all scopes, including those of services.
    call.principal.is_service = spec->needs == api::Scope::service;
    co_return call;
  }

 private:
  const std::string header_;
  const std::shared_ptr<wire::Admission> next_;
};

class Bearer final : public wire::Credentials {
 public:
  explicit Bearer(std::string token) : token_(std::move(token)) {}
  void sign(const api::Call&, net::Headers& headers) override {
    if (!token_.empty()) headers.set("Authorization", std::string(kBearer) + token_);
  }

 private:
  const std::string token_;
};

}  // namespace

std::shared_ptr<wire::Admission> admit_local_key(std::string key,
                                                 std::shared_ptr<wire::Admission> next) {
  return std::make_shared<LocalKeyAdmission>(std::move(key), std::move(next));
}

std::shared_ptr<wire::Credentials> bearer(std::string token) {
  return std::make_shared<Bearer>(std::move(token));
}

}  // namespace tg::app
