using HiWay.DetectionBench;

var lines = PiiTable.Load(args.Length > 0 ? args[0] : Path.Combine("bench", "detection", "data", "pii-test-values.jsonl"));
PiiTable.Print(lines);
