// Compares, for `fsck`, the documents of posts with the posts that the telegram service stores:
// there must be one document per post, in the post's last version. Not reported: differences that
// an event still in the feed explains, and older versions of posts whose ingest failed.
// Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "api/telegram.hpp"
#include "store/sql.hpp"

namespace tg::document {

// One message per difference, naming post and document.
Task<Result<std::vector<std::string>>> compare_posts(sql::Database* database,
                                                     api::Telegram* telegram);

}  // namespace tg::document
