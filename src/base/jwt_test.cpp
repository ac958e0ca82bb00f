#include "base/jwt.hpp"

#include <chrono>
#include <random>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace tg::jwt {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

// One issuer with a key of each kind, a fake clock, and a maker of tokens that are nearly right.
class JwtTest : public testing::Test {
 protected:
  JwtTest() {
    keys_.add(ed_);
    keys_.add(hmac_);
  }

  Seconds now() const { return std::chrono::floor<seconds>(clock_.wall()); }

  Claims claims() const {
    return {.type = "at+jwt",
            .issuer = "telegnosis",
            .subject = "user-1",
            .audience = "api",
            .token_id = "t1",
            .issued_at = now(),
            .expires_at = now() + minutes(30),
            .more = {{"role", "user"}}};
  }

  Result<Claims> check(std::string_view token) const {
    return verify(
        token, keys_,
        {.type = "at+jwt", .issuer = "telegnosis", .audience = "api", .now = clock_.wall()});
  }

  // A correctly signed token with exactly these texts.
  std::string raw(std::string_view header, std::string_view payload,
                  const SigningKey* key = nullptr) const {
    const SigningKey& with = key == nullptr ? hmac_ : *key;
    const std::string message = encode_base64url(header) + '.' + encode_base64url(payload);
    return message + '.' + encode_base64url(with.sign(message));
  }

  std::string header(std::string_view more = "", std::string_view algorithm = "\"HS256\"") const {
    return R"({"alg":)" + std::string(algorithm) + R"(,"typ":"at+jwt","kid":")" + hmac_.id() +
           "\"" + std::string(more) + "}";
  }

  std::string payload(std::string_view more = "") const {
    return fmt::format(R"({{"iss":"telegnosis","sub":"user-1","aud":"api","iat":{},"exp":{}{}}})",
                       now().time_since_epoch().count(),
                       (now() + minutes(30)).time_since_epoch().count(), more);
  }

  // The payload with the value of one claim replaced; "" removes the claim.
  std::string payload_with(std::string_view name, std::string_view value) const {
    std::string text = "{";
    const auto add = [&](std::string_view key, const std::string& normal) {
      const std::string chosen = key == name ? std::string(value) : normal;
      if (chosen.empty()) return;
      text += fmt::format("{}\"{}\":{}", text.size() > 1 ? "," : "", key, chosen);
    };
    add("iss", "\"telegnosis\"");
    add("sub", "\"user-1\"");
    add("aud", "\"api\"");
    add("iat", std::to_string(now().time_since_epoch().count()));
    add("exp", std::to_string((now() + minutes(30)).time_since_epoch().count()));
    add("nbf", "");
    return text + "}";
  }

  void expect_refused(std::string_view token, std::string_view why = "") const {
    const auto claims = check(token);
    ASSERT_FALSE(claims) << token;
    EXPECT_EQ(claims.error().code, Code::unauthorized);
    EXPECT_EQ(claims.error().reason, "invalid_token");
    EXPECT_EQ(claims.error().message, "a valid token is required");
    if (!why.empty()) {
      EXPECT_NE(claims.error().detail.find(why), std::string::npos)
          << claims.error().detail << "; wanted: " << why;
    }
  }

  FakeClock clock_;
  SigningKey ed_ = *SigningKey::ed25519(std::string(32, 'k'));
  SigningKey hmac_ = *SigningKey::hmac(kSecret);
  KeySet keys_;
};

TEST_F(JwtTest, WhatWeSignComesBack) {
  for (const SigningKey* key : {&ed_, &hmac_}) {
    const auto back = check(sign(claims(), *key));
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(back->subject, "user-1");
    EXPECT_EQ(back->token_id, "t1");
    EXPECT_EQ(back->expires_at, now() + minutes(30));
    EXPECT_EQ(back->more, (json::Object{{"role", "user"}}));
  }
  EXPECT_TRUE(check(raw(header(), payload())));
}

TEST_F(JwtTest, Ed25519IsTheRfcExample) {
  const auto key = SigningKey::ed25519(
      *decode_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  ASSERT_TRUE(key);
  EXPECT_EQ(encode_hex(key->public_bytes()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(encode_hex(key->sign("")).substr(0, 32), "e5564300c360ac729086e2cc806e828a");
  EXPECT_FALSE(SigningKey::ed25519("short"));
  EXPECT_FALSE(VerifyingKey::ed25519("short"));
}

TEST_F(JwtTest, NoAlgorithmNoSignature) {
  for (const char* algorithm : {"none", "None", "nOnE", "NONE"}) {
    const std::string quoted = fmt::format("\"{}\"", algorithm);
    expect_refused(raw(header("", quoted), payload()), "algorithm");
    const std::string unsigned_token =
        encode_base64url(header("", quoted)) + '.' + encode_base64url(payload()) + '.';
    expect_refused(unsigned_token);
  }
  const std::string good = sign(claims(), hmac_);
  expect_refused(good.substr(0, good.rfind('.') + 1), "signature");
}

TEST_F(JwtTest, TheAlgorithmIsTheKeysNotTheTokens) {
  // HS256 with the public key as its secret, under the public key's own id.
  const auto forged_key = SigningKey::hmac(ed_.public_bytes());
  ASSERT_TRUE(forged_key);
  const std::string forged_header =
      fmt::format(R"({{"alg":"HS256","typ":"at+jwt","kid":"{}"}})", ed_.id());
  expect_refused(raw(forged_header, payload(), &*forged_key), "algorithm");
  const std::string claimed_ed =
      fmt::format(R"({{"alg":"EdDSA","typ":"at+jwt","kid":"{}"}})", ed_.id());
  expect_refused(raw(claimed_ed, payload(), &*forged_key), "signature");
  for (const char* algorithm : {"\"HS512\"", "\"HS384\"", "\"RS256\"", "\"ES256\"", "\"EdDSA\"",
                                "\"hs256\"", "[\"HS256\"]", "256", "null", "true"}) {
    expect_refused(raw(header("", algorithm), payload()), "algorithm");
  }
  expect_refused(raw(header("", "\"" + std::string(10000, 'x') + "\""), payload()), "too long");
  expect_refused(raw(fmt::format(R"({{"typ":"at+jwt","kid":"{}"}})", hmac_.id()), payload()),
                 "algorithm");
}

TEST_F(JwtTest, EveryBitOfTheTokenCounts) {
  for (const SigningKey* key : {&ed_, &hmac_}) {
    const std::string good = sign(claims(), *key);
    const std::size_t end = good.rfind('.');
    const std::string signature = *decode_base64url(good.substr(end + 1));
    for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
      std::string bent = signature;
      bent[bit / 8] = static_cast<char>(bent[bit / 8] ^ (1 << (bit % 8)));
      expect_refused(good.substr(0, end + 1) + encode_base64url(bent), "signature");
    }
    expect_refused(good.substr(0, end + 1) + encode_base64url(signature.substr(0, 31)),
                   "signature");
    expect_refused(good.substr(0, end + 1) + encode_base64url(signature + "x"), "signature");
    for (std::size_t at = 0; at < end; ++at) {
      std::string bent = good;
      bent[at] = bent[at] == 'A' ? 'B' : 'A';
      if (bent != good) expect_refused(bent);
    }
  }
}

TEST_F(JwtTest, ASignatureHasOneForm) {
  // s + L instead of s: the same point equation, refused as malleable.
  const std::string good = sign(claims(), ed_);
  const std::size_t end = good.rfind('.');
  std::string signature = *decode_base64url(good.substr(end + 1));
  const std::string order =
      *decode_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  int carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const int sum = static_cast<unsigned char>(signature[32 + i]) +
                    static_cast<unsigned char>(order[i]) + carry;
    signature[32 + i] = static_cast<char>(sum & 255);
    carry = sum >> 8;
  }
  expect_refused(good.substr(0, end + 1) + encode_base64url(signature), "signature");
  expect_refused(good.substr(0, end + 1) + encode_base64url(std::string(64, '\0')), "signature");
}

TEST_F(JwtTest, Base64UrlIsStrict) {
  const std::string good = sign(claims(), hmac_);
  expect_refused(good + "=");
  expect_refused(good + " ");
  expect_refused(" " + good);
  expect_refused(good + "\n");
  for (const char bad : {'+', '/', '=', ' ', '\t', '\0', '\xff'}) {
    for (const std::size_t at : {std::size_t{3}, good.find('.') + 3, good.rfind('.') + 3}) {
      std::string bent = good;
      bent[at] = bad;
      expect_refused(bent);
    }
  }
  // The last character of 32 bytes carries two unused bits: set one.
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string bent = good;
  bent.back() = kAlphabet[kAlphabet.find(bent.back()) + 1];
  expect_refused(bent, "signature");
}

TEST_F(JwtTest, ThreePartsAndNoOtherForm) {
  const std::string good = sign(claims(), hmac_);
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("..."),
        good.substr(0, good.find('.')), good.substr(0, good.rfind('.')), good + ".x", good + ".x.y",
        "." + good, good + ".", std::string("{\"payload\":\"e30\"}")}) {
    expect_refused(bad);
  }
}

TEST_F(JwtTest, AKeyIsFoundAmongOursAlone) {
  for (const std::string& kid :
       {std::string("../../dev/null"), std::string("' or 1=1--"), std::string(3000, 'k'),
        std::string("\\u0000"), std::string("other"), std::string("/etc/passwd"), std::string()}) {
    expect_refused(
        raw(fmt::format(R"({{"alg":"HS256","typ":"at+jwt","kid":"{}"}})", kid), payload()));
  }
  expect_refused(raw(R"({"alg":"HS256","typ":"at+jwt"})", payload()), "not one of ours");
  expect_refused(raw(R"({"alg":"HS256","typ":"at+jwt","kid":7})", payload()), "not one of ours");
  const auto stranger = SigningKey::hmac("another secret of more than 32 bytes.");
  const auto refused = check(sign(claims(), *stranger));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is_unknown_key(refused.error()));
  EXPECT_FALSE(is_unknown_key(check("a.b.c").error()));
}

TEST_F(JwtTest, KeysInTheTokenAreIgnoredAndExtensionsRefused) {
  EXPECT_TRUE(check(raw(header(R"(,"jku":"http://127.0.0.1:1/","x5u":"http://127.0.0.1:1/",)"
                               R"("jwk":{"kty":"oct","k":"AAAA"},"x5c":["AAAA"])"),
                        payload())));
  expect_refused(raw(header(R"(,"crit":["exp"])"), payload()), "extensions");
  expect_refused(raw(header(R"(,"crit":[])"), payload()), "extensions");
  expect_refused(raw(header(R"(,"b64":false)"), payload()), "extensions");
  expect_refused(raw(header(R"(,"b64":true)"), payload()), "extensions");
}

TEST_F(JwtTest, TimesHaveThirtySecondsOfLeeway) {
  const std::string token = sign(claims(), ed_);
  clock_.advance(minutes(30) + seconds(30) - std::chrono::milliseconds(1));
  EXPECT_TRUE(check(token));
  clock_.advance(std::chrono::milliseconds(1));
  expect_refused(token, "expired");

  Claims early = claims();
  early.issued_at = now() + seconds(30);
  EXPECT_TRUE(check(sign(early, ed_)));
  early.issued_at = now() + seconds(31);
  expect_refused(sign(early, ed_), "future");
  early = claims();
  early.not_before = now() + seconds(30);
  EXPECT_TRUE(check(sign(early, ed_)));
  early.not_before = now() + seconds(31);
  expect_refused(sign(early, ed_), "not valid yet");

  const std::string before = sign(claims(), ed_);
  clock_.advance(-hours(1));
  expect_refused(before, "future");
}

TEST_F(JwtTest, NumbersAreWholeSeconds) {
  for (const char* name : {"exp", "iat", "nbf"}) {
    for (const char* bad :
         {"\"1750000000\"", "1e400", "-1", "9223372036854775808", "null", "1.75e9", "1750000000.5",
          "true", "[1750000000]", "{}", "253402300800", "18446744073709551616"}) {
      expect_refused(raw(header(), payload_with(name, bad)));
    }
  }
  expect_refused(raw(header(), payload_with("exp", "")), "iat and exp");
  expect_refused(raw(header(), payload_with("iat", "")), "iat and exp");
}

TEST_F(JwtTest, IssuerAudienceAndSubjectAreOurs) {
  EXPECT_TRUE(check(raw(header(), payload_with("aud", R"(["x","api"])"))));
  for (const char* bad :
       {"", "\"other\"", "[\"other\"]", "[]", "[7,\"api\"]", "null", "{\"api\":1}", "\"API\""}) {
    expect_refused(raw(header(), payload_with("aud", bad)), "audience");
  }
  for (const char* bad : {"", "\"other\"", "null", "[\"telegnosis\"]"}) {
    expect_refused(raw(header(), payload_with("iss", bad)), "issuer");
  }
  for (const char* bad : {"", "\"\"", "7", "null"}) {
    expect_refused(raw(header(), payload_with("sub", bad)), "subject");
  }
}

TEST_F(JwtTest, TokensOfOneKindAreNoGoodForAnother) {
  for (const char* type : {"rt+jwt", "JWT", "AT+JWT", "", "at+jwt "}) {
    Claims other = claims();
    other.type = type;
    expect_refused(sign(other, ed_), "type");
  }
  expect_refused(raw(fmt::format(R"({{"alg":"HS256","kid":"{}"}})", hmac_.id()), payload()),
                 "type");
}

TEST_F(JwtTest, DuplicateNamesAreRefused) {
  expect_refused(raw(header(), payload(R"(,"exp":99999999999)")), "twice");
  expect_refused(raw(header(), payload(R"(,"sub":"admin")")), "twice");
  expect_refused(raw(header(), payload(R"(,"role":"user","role":"admin")")), "twice");
  expect_refused(raw(header(), payload(R"(,"\u0073ub":"admin")")), "twice");
  expect_refused(raw(header(R"(,"alg":"HS256")"), payload()), "twice");
}

TEST_F(JwtTest, OnlyCleanJsonObjectsAreRead) {
  for (const char* bad : {"", "[]", "7", "null", "\"text\"", "{", "{}x", "{\"a\":1,}"}) {
    expect_refused(raw(header(), bad));
    expect_refused(raw(bad, payload()));
  }
  expect_refused(raw(header(), payload(",\"name\":\"\xff\xfe\"")));
  expect_refused(raw(header(), payload(R"(,"name":"a\u0000b")")), "NUL");
  expect_refused(raw(header(), payload(R"(,"list":[{"a\u0000":1}])")), "NUL");
  expect_refused(raw(header(), payload(R"(,"name":"\ud800")")));
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  expect_refused(raw(header(",\"deep\":" + deep), payload()));
  expect_refused(raw(header(), payload(",\"deep\":" + deep)));
}

TEST_F(JwtTest, LongTokensAreRefusedBeforeAnyWork) {
  Claims large = claims();
  large.more["pad"] = std::string(6000, 'x');
  expect_refused(sign(large, ed_), "too long");
  large.more["pad"] = std::string(2000, 'x');
  EXPECT_TRUE(check(sign(large, ed_)));
}

TEST_F(JwtTest, ShortSecretsAreRefused) {
  EXPECT_FALSE(SigningKey::hmac(std::string(31, 'x')));
  EXPECT_TRUE(SigningKey::hmac(std::string(32, 'x')));
}

TEST_F(JwtTest, TwoKeysWhileTheyChange) {
  const auto next = SigningKey::ed25519(std::string(32, 'n'));
  const std::string old_token = sign(claims(), ed_);
  const std::string new_token = sign(claims(), *next);
  expect_refused(new_token, "not one of ours");
  const auto remote = VerifyingKey::ed25519(next->public_bytes());
  ASSERT_TRUE(remote);
  EXPECT_EQ(remote->id(), next->id());
  keys_.add(*remote);
  EXPECT_TRUE(check(old_token));
  EXPECT_TRUE(check(new_token));
}

TEST_F(JwtTest, NothingRandomIsAccepted) {
  std::mt19937_64 random(20260131);
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto part = [&](std::size_t size) {
    std::string text(size, 'A');
    for (char& c : text) c = kAlphabet[random() % kAlphabet.size()];
    return text;
  };
  const std::string real_header = encode_base64url(header());
  const std::string real_payload = encode_base64url(payload());
  std::size_t accepted = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string head = i % 4 == 0 ? part(random() % 60) : real_header;
    const std::string body = i % 4 == 1 ? part(random() % 200) : real_payload;
    accepted += check(head + '.' + body + '.' + part(i % 4 == 2 ? random() % 90 : 43)) ? 1U : 0U;
  }
  EXPECT_EQ(accepted, 0U);
}

}  // namespace
}  // namespace tg::jwt
