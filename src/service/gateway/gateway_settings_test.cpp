#include "service/gateway/gateway_settings.hpp"

#include <gtest/gtest.h>

namespace tg::gateway {
namespace {

TEST(GatewaySettings, NetworksAndOrigins) {
  for (const char* good : {"10.0.0.1", "10.0.0.0/8", "fd00::/8", "::1"}) {
    EXPECT_TRUE(is_network(good)) << good;
  }
  for (const char* bad : {"", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "::/129", "host"}) {
    EXPECT_FALSE(is_network(bad)) << bad;
  }
  EXPECT_TRUE(is_origin("https://example.org:8443"));
  EXPECT_FALSE(is_origin("https://example.org/"));
  EXPECT_FALSE(is_origin("*"));
}

TEST(GatewaySettings, TheBodyLimitAllowsAFormWithTheLargestDocument) {
  const gateway::GatewaySettings settings{.max_upload_bytes = ByteSize{2048}};
  EXPECT_GT(upload_body_limit(settings), 2048U) << "a form has more in it than the file";
  EXPECT_LT(upload_body_limit(settings), 2048U + (1 << 20));
}

}  // namespace
}  // namespace tg::gateway
