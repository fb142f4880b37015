using 'main.bicep'

param name = 'langflowproduction'
param environmentName = 'production'
// Replace these by yours: README.md says where they are.
param adminGroupId = '00000000-0000-0000-0000-000000000000'
param pipelineIssuer = 'https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0'
param pipelineSubject = 'replace-with-the-subject-of-langflow-azure'
param authorizedRanges = ['203.0.113.0/24']
param alertEmail = 'langflow-operators@example.com'
