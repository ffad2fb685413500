using Foresee.Server;

// dotnet Foresee.Server.Tests.dll MODEL POOL LABELS: a server in label mode, for tests that kill it. Its first line is its address.
await using var server = await ForeseeServer.StartAsync(new(args[0]) { Port = 0, Threads = 1, Labels = new(args[1], args[2]) },
    Console.Error.WriteLine);
Console.WriteLine(server.Address);
await Task.Delay(Timeout.Infinite);
