// What users of the Batch API hit (CONTRACT.md, section 9), row by row: the test that shows what batchctl does there,
// or why the row does not concern it. A test's name begins with the row's number; test_table.cpp holds the two
// together.
#pragma once

#include <array>

namespace batchctl::scenarios {

struct Row {
  int number;
  const char* problem;
  const char* not_ours = nullptr;  // why there is no test; nullptr: there is one
};

inline constexpr std::array<Row, 31> kTable = {{
    {1, "429 on a create with almost nothing in use"},
    {2, "429 without a hint when to come back"},
    {3, "capacity comes back late after jobs end"},
    {4, "storage is full, with a retry delay of INT64_MAX"},
    {5, "a job stuck in PENDING"},
    {6, "a job stuck in RUNNING"},
    {7, "every job expires"},
    {8, "a create that timed out made its job: a second one would be paid for"},
    {9, "a list that was not read to its end: a job judged gone"},
    {10, "jobs that are 404 with a key of another project"},
    {11, "the same input submitted twice"},
    {12, "results gone before they were collected"},
    {13, "outputs whose names are too long for get and delete"},
    {14, "an unsupported MIME type"},
    {15, "a finalize answer without a file"},
    {16, "lines in the shape of the SDK"},
    {17, "rows that come out of order"},
    {18, "metadata of inline requests lost",
     "no inline jobs are made: every create names a file (row 13 looks at all of them)"},
    {19, "SUCCEEDED with every row failed"},
    {20, "half of the rows with code 13"},
    {21, "degenerate output with responseJsonSchema",
     "batchctl writes no schema into a request; one in a native line is the user's and goes as it stands"},
    {22, "truncated answers"},
    {23, "503 at the get of an inline job with large results", "no inline jobs are made; a 503 at a get is row 28"},
    {24, "503 without a body at an upload"},
    {25, "403 on a file because billing was overdue"},
    {26, "state names that differ from the documentation's sample"},
    {27, "blocked answers kept as empty successes"},
    {28, "503 while polling, read as the job's failure"},
    {29, "the file quota mistaken for the batch quota"},
    {30, "500 about a conversion to JSON"},
    {31, "whole jobs fail"},
}};

}  // namespace batchctl::scenarios
