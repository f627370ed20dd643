using System.Text.Json.Nodes;

namespace KvmOperator.UnitTests.ArgoCd;

/// <summary>
/// Runs a script about an object's health as Argo CD does: by Lua 5.1 with the libraries base, table, package and of os only date and time (argo-cd util/lua/lua.go and oslib_safe.go; it
/// opens no others for scripts unless it is told to). Whatever else a script uses fails here as it would there.
/// </summary>
internal static class HealthScript
{
    private const string Runner =
        """
        local script = assert(loadfile(arg[1]))
        local objects = assert(loadfile(arg[2]))()
        local write = io.write
        os = { date = os.date, time = os.time }
        getmetatable("").__index = nil
        string, math, io, debug, coroutine = nil, nil, nil, nil, nil
        for _, object in ipairs(objects) do
          obj = object
          local ok, health = pcall(script)
          if not ok then
            write("error\t", health, "\0")
          else
            write(health.status or "", "\t", health.message or "", "\0")
          end
        end
        """;

    /// <summary>The folders of the kinds.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "config", "argocd", "resource_customizations", "kvmoperator.io");

    /// <summary>What the script of a kind says of each object: a status and a message.</summary>
    public static Task<IReadOnlyList<(string Status, string Message)>> RunAsync(string kind, IReadOnlyList<JsonObject> objects, CancellationToken cancellationToken) =>
        RunFileAsync(Path.Combine(Folder, kind, "health.lua"), objects, cancellationToken);

    /// <summary>As the other, for any script.</summary>
    public static async Task<IReadOnlyList<(string Status, string Message)>> RunFileAsync(string script, IReadOnlyList<JsonObject> objects, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("kvm-operator-lua-");
        try
        {
            var runner = Path.Combine(folder.FullName, "runner.lua");
            var table = Path.Combine(folder.FullName, "objects.lua");
            await File.WriteAllTextAsync(runner, Runner, cancellationToken);
            await File.WriteAllTextAsync(table, $"return {LuaTable.Of(new JsonArray([.. objects.Select(item => item.DeepClone())]))}", cancellationToken);
            var output = (await LabTool.RunAsync("lua", [runner, script, table], cancellationToken)).Expected;
            return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t', 2)).Select(parts => (parts[0], parts[1]))];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
