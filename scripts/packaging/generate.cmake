# Writes into OUT what the program says about itself: man pages, completions, and the packed changelog. `--config none`: no
# person's configuration has a say.
file(REMOVE_RECURSE ${OUT})
file(MAKE_DIRECTORY ${OUT}/man1 ${OUT}/completions)
execute_process(COMMAND ${PROGRAM} --config none manual --directory ${OUT}/man1 COMMAND_ERROR_IS_FATAL ANY)
foreach(shell bash zsh fish)
  execute_process(COMMAND ${PROGRAM} --config none completion ${shell} OUTPUT_FILE ${OUT}/completions/${shell}
                  COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(COPY ${CHANGELOG} DESTINATION ${OUT})
file(RENAME ${OUT}/changelog ${OUT}/changelog.Debian)
file(GLOB pages ${OUT}/man1/*.1)
execute_process(COMMAND gzip -9nf ${pages} ${OUT}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${SBOM} ${VERSION} ${PROGRAM} ${MODULE} OUTPUT_FILE ${OUT}/batchctl.spdx.json COMMAND_ERROR_IS_FATAL ANY)
