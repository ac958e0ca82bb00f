#include "runtime/task.hpp"
