// Whether every post that the telegram service stores has come here in its last version, and
// nothing else, for `fsck`. What an event under way explains is no difference, and neither is the
// older version of a post that failed: it keeps what it had.
#pragma once

#include <string>
#include <vector>

#include "api/telegram.hpp"
#include "store/sql.hpp"

namespace tg::document {

// The differences, in words that name post and document: all of them, one each.
Task<Result<std::vector<std::string>>> compare_posts(sql::Database* database,
                                                     api::Telegram* telegram);

}  // namespace tg::document
