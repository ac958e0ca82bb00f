// What an operator has set, in the words of each service.
#pragma once

#include "app/house.hpp"
#include "service/auth/auth_settings.hpp"
#include "service/document/document_service.hpp"
#include "service/gateway/access_tokens.hpp"
#include "service/gateway/rate_limits.hpp"
#include "service/retrieval/retrieval_service.hpp"
#include "service/telegram/telegram_service.hpp"

namespace tg::app {

auth::AuthSettings auth_settings(const Config& config);
telegram::TelegramSettings telegram_settings(const HouseSettings& house);
retrieval::RetrievalSettings retrieval_settings(const Config& config);
document::DocumentSettings document_settings(const Config& config);
// Of a request to POST /documents/upload: the largest document with what a form puts around it.
std::size_t upload_body_limit(const Config& config);
gateway::AccessTokenSettings access_token_settings(const Config& config);
gateway::RateLimitSettings rate_limit_settings(const Config& config);

}  // namespace tg::app
