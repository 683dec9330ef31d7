# One library a room. A room sees only the rooms it names here; scripts/check_includes holds the
# #include lines to the same direction.

add_library(batchctl_flags INTERFACE)
target_compile_options(batchctl_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Werror
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # false alarm of g++ 12 on string concatenation (GCC bug 105651)
if(CMAKE_UNITY_BUILD)
  # A unity source looks like a header to this warning: a file's own types would be everybody's.
  target_compile_options(batchctl_flags INTERFACE -Wno-subobject-linkage)
endif()
if(BATCHCTL_CRASH_POINTS)
  target_compile_definitions(batchctl_flags INTERFACE BATCHCTL_CRASH_POINTS)
endif()
if(BATCHCTL_SANITIZE)
  target_compile_options(batchctl_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                                                  -fno-omit-frame-pointer)
  target_link_options(batchctl_flags INTERFACE -fsanitize=address,undefined)
endif()
if(BATCHCTL_FUZZ)
  target_compile_options(batchctl_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined
                                                  -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-error)
  target_link_options(batchctl_flags INTERFACE -fsanitize=address,undefined)
endif()

# batchctl_room(NAME [SEES room...] [LIBS library...])
function(batchctl_room name)
  cmake_parse_arguments(ROOM "" "" "SEES;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  list(TRANSFORM ROOM_SEES PREPEND batchctl_)
  if(sources)
    add_library(batchctl_${name} STATIC ${sources})
    target_include_directories(batchctl_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(batchctl_${name} PUBLIC ${ROOM_SEES} PRIVATE batchctl_flags ${ROOM_LIBS})
  else()
    add_library(batchctl_${name} INTERFACE)
    target_include_directories(batchctl_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(batchctl_${name} INTERFACE ${ROOM_SEES} ${ROOM_LIBS})
  endif()
endfunction()

# batchctl_tests(NAME [ENTRY_A_FILE] [SEES room...] [LIBS library...]): every tests/NAME/*.cpp in one executable.
# With ENTRY_A_FILE ctest runs each test_*.cpp by itself, so that files whose tests mostly wait run side by side.
function(batchctl_tests name)
  cmake_parse_arguments(TEST "ENTRY_A_FILE" "" "SEES;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  list(TRANSFORM TEST_SEES PREPEND batchctl_)
  add_executable(test_${name} ${sources} $<TARGET_OBJECTS:doctest_main>)
  set_target_properties(test_${name} PROPERTIES UNITY_BUILD OFF)  # tests reuse each other's short names
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(test_${name} PRIVATE batchctl_flags ${TEST_SEES} ${TEST_LIBS} doctest::doctest)
  target_compile_definitions(test_${name} PRIVATE
    BATCHCTL_SOURCE_DIR="${CMAKE_SOURCE_DIR}" BATCHCTL_BINARY="$<TARGET_FILE:batchctl>")
  if(NOT TEST_ENTRY_A_FILE)
    add_test(NAME ${name} COMMAND test_${name})
    return()
  endif()
  foreach(source ${sources})
    cmake_path(GET source STEM entry)
    if(entry MATCHES "^test_")
      string(REPLACE "test_" "${name}_" entry ${entry})
      cmake_path(GET source FILENAME file)
      add_test(NAME ${entry} COMMAND test_${name} "--source-file=*/${name}/${file}")
      set_tests_properties(${entry} PROPERTIES TIMEOUT 1500)
    endif()
  endforeach()
endfunction()
