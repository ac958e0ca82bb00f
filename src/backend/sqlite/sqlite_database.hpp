// SQL on a SQLite file: one writer thread that commits what has queued up (group commit, WAL,
// synchronous=FULL), readers on the compute pool. See store/sql.hpp for what it promises.
#pragma once

#include <filesystem>
#include <memory>

#include "runtime/compute_pool.hpp"
#include "store/sql.hpp"

namespace tg::sqlite {

// Opens or makes FILE; its folder must exist. A file that another process holds is refused
// (Code::conflict, "locked"): each data folder has one owner.
Result<std::unique_ptr<sql::Database>> open_database(const std::filesystem::path& file,
                                                     ComputePool& pool);

}  // namespace tg::sqlite
