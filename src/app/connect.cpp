#include "app/connect.hpp"

#include "app/house.hpp"

namespace tg::app {
namespace {

class Local final : public Connection {
 public:
  explicit Local(std::unique_ptr<House> house) : house_(std::move(house)) {}
  Services& services() override { return house_->services(); }

 private:
  std::unique_ptr<House> house_;
};

}  // namespace

Result<std::unique_ptr<Connection>> connect(const ConnectOptions& options) {
  // Whoever runs a command may read every file that he can open.
  TG_TRY(auto house,
         House::open({.data = options.data, .import_folder = "/", .purpose = options.purpose}));
  return std::make_unique<Local>(std::move(house));
}

}  // namespace tg::app
