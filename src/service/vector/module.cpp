#include "service/vector/module.hpp"

namespace tg::vector {

Result<std::unique_ptr<VectorService>> open(store::ServiceStorage& storage,
                                            api::Telegram& telegram) {
  TG_TRY(store::SearchIndex* const index, storage.index());
  return std::make_unique<VectorService>(*index, storage.clock, telegram);
}

}  // namespace tg::vector
