using Foresee.Torch.Tests.Distributed;

// dotnet Foresee.Torch.Tests.dll CASE FOLDER: one rank of a test's processes.
return RankCases.Run(args[0], args[1]);
