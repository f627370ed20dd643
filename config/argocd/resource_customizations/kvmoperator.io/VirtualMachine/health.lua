-- Health of a VirtualMachine. How it is in all is its condition Ready, which is True also for a guest that is off as its spec has it, and while it is moved.
-- Progressing is only what ends by itself. What waits for a person is Degraded, what is as declared is Healthy, and Suspended is not used: a sync in waves would wait for it for ever.

local function condition(type)
  if obj.status == nil or obj.status.conditions == nil then
    return nil
  end
  for _, found in ipairs(obj.status.conditions) do
    if found.type == type then
      return found
    end
  end
  return nil
end

local function health(status, message)
  return { status = status, message = message or "" }
end

local annotations = obj.metadata.annotations
if annotations ~= nil and annotations["kvmoperator.io/paused"] == "true" then
  return health("Healthy", "paused: nothing is touched until the annotation kvmoperator.io/paused is taken off")
end

local summary = condition("Ready")
if summary == nil then
  return health("Progressing", "the operator has not looked at it yet")
end
if obj.metadata.generation ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", "the operator has not looked at the changed spec yet")
end

local valid = condition("Valid")
if valid ~= nil and valid.status == "False" then
  return health("Degraded", valid.message)
end

if summary.status == "True" then
  return health("Healthy", summary.message)
end

-- Stopped is the reason of a guest that is being shut down; one that is off is Ready.
local byItself = { InProgress = true, NotYetKnown = true, Stopped = true }
if byItself[summary.reason] then
  return health("Progressing", summary.message)
end

-- What these wait for may come by itself, and in a new pool it does. What has not come by then needs somebody.
local bound = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 15 * 60)
local waits = { DependencyNotReady = true, HostShuttingDown = true }
if waits[summary.reason] and summary.lastTransitionTime > bound then
  return health("Progressing", summary.message)
end

return health("Degraded", summary.message)
