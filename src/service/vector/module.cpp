#include "service/vector/module.hpp"

namespace tg::vector {

Result<std::unique_ptr<VectorService>> open(store::Room& room, api::Telegram& telegram) {
  TG_TRY(store::SearchIndex* const index, room.index());
  return std::make_unique<VectorService>(*index, room.clock, telegram);
}

}  // namespace tg::vector
