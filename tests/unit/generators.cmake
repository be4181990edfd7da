add_executable(writer_preview tools/writer_preview.c)
target_link_libraries(writer_preview PRIVATE project_flags base token prompt record generators)
