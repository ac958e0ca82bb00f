#include "app/service_host.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "app/configuration.hpp"
#include "app/local_call.hpp"
#include "app/settings.hpp"
#include "base/ids.hpp"
#include "runtime/run_blocking.hpp"
#include "tests/support/error_of.hpp"

namespace tg::app {
namespace {

namespace fs = std::filesystem;

class ServiceHostTest : public testing::Test {
 protected:
  ~ServiceHostTest() override {
    host_.reset();
    fs::remove_all(folder_);
  }

  Services& open(std::map<std::string, std::string> environment,
                 std::vector<std::string> only = {}) {
    host_.reset();
    environment["TELEGNOSIS_DATA"] = folder_ / "data";
    const auto config = Config::load(
        settings_schema(),
        {.environment = environment, .env_file = "/dev/null", .toml_file = "/dev/null"});
    host_ = ServiceHost::open(service_host_settings(config.value(), std::move(only))).value();
    return host_->services();
  }
  static Result<api::UploadReply> upload(Services& services, std::size_t bytes) {
    return run_blocking(services.documents->upload(
        local_call(), {.filename = "a.txt", .content = std::string(bytes, 'a'), .metadata = {}}));
  }
  static std::string reason_of_import(Services& services) {
    return error_of(run_blocking(services.telegram->import_posts(
                        local_call(), {.path = "not-there.json", .file = {}})))
        .reason;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("tg_house_" + random_hex(6));
  std::unique_ptr<ServiceHost> host_;
};

TEST_F(ServiceHostTest, TheServicesHaveTheSettings) {
  Services& set = open({{"MAX_UPLOAD_BYTES", "1KB"},
                        {"REGISTRATION", "open"},
                        {"KEEP_HISTORY", "false"},
                        {"IMPORT_FOLDER", fs::temp_directory_path()}});
  EXPECT_TRUE(upload(set, 1024));
  EXPECT_EQ(error_of(upload(set, 1025)).code, Code::payload_too_large);
  EXPECT_TRUE(run_blocking(set.auth->registration(local_call(), {}))->open);
  EXPECT_EQ(run_blocking(set.retrieval->record(local_call(), {}))->message,
            "history is switched off");
  EXPECT_NE(reason_of_import(set), "forbidden.path");

  Services& bare = open({});
  EXPECT_TRUE(upload(bare, 1025));
  EXPECT_FALSE(run_blocking(bare.auth->registration(local_call(), {}))->open);
  EXPECT_NE(run_blocking(bare.retrieval->record(local_call(), {}))->message,
            "history is switched off");
  EXPECT_EQ(reason_of_import(bare), "forbidden.path");
}

TEST_F(ServiceHostTest, AServiceOfNoProcessIsToldByItsSetting) {
  Services& services = open({}, {"model"});
  EXPECT_TRUE(run_blocking(services.models->list(local_call(), {})));
  const Error error = error_of(run_blocking(services.auth->registration(local_call(), {})));
  EXPECT_EQ(error.code, Code::unavailable);
  EXPECT_TRUE(error.message.contains("AUTH_URL")) << error.message;
  EXPECT_TRUE(host_->runs_here("model"));
  EXPECT_FALSE(fs::exists(folder_ / "data" / "auth"));
}

}  // namespace
}  // namespace tg::app
