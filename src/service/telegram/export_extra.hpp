// The fields of an exported message besides its text. Invalid values are left out; they are no
// reason to refuse the post. Pure.
#pragma once

#include "api/post_types.hpp"
#include "base/json.hpp"

namespace tg::telegram {

// All fields except the references to other chats.
api::PostExtra extra_of_message(const json::Object& message);

}  // namespace tg::telegram
