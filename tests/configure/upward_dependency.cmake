# Run with cmake -P: must fail, as layer 1 depends on layer 4.
include("${CMAKE_CURRENT_LIST_DIR}/../../cmake/tg_module.cmake")
set_property(GLOBAL PROPERTY TG_LAYER_app 4)
tg_module(NAME runtime LAYER 1 DEPS app)
