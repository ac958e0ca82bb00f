// What a message of an export tells besides its text. What no Telegram writes there is left out:
// it is no reason to refuse the post.
#pragma once

#include "api/post_types.hpp"
#include "base/json.hpp"

namespace tg::telegram {

// All but what refers to other chats.
api::PostExtra extra_of_message(const json::Object& message);

}  // namespace tg::telegram
